// Running programs: plainly, or measured through quarry-launch.

import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The environment that every program gets: nothing of the caller's own, so that runs can be repeated.
private let plainEnvironment = [
  "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC",
  "HOME": "/nonexistent",
]

/// A started process.
struct RunningProcess {
  var identifier: pid_t

  /// Starts `command`, with its output and errors in files.
  init(
    _ command: [String], environment: [String: String] = [:], output: String = "/dev/null",
    errors: String = "/dev/null"
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    let variables = plainEnvironment.merging(environment) { $1 }.map { "\($0)=\($1)" }.sorted()
    var arguments = command.map { strdup($0) } + [nil]
    var assignments = variables.map { strdup($0) } + [nil]
    defer { for pointer in arguments + assignments { free(pointer) } }
    var process = pid_t()
    let error = posix_spawnp(&process, command[0], &actions, nil, &arguments, &assignments)
    guard error == 0 else {
      throw BenchError("cannot start \(command[0]): \(String(cString: strerror(error)))")
    }
    identifier = process
  }

  /// Waits for the end; returns the exit status, or 128 and the signal that ended it.
  func wait() -> Int {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) == -1 && errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? Int(status >> 8) & 0xff : 128 + Int(signal)
  }

  func kill() {
    _ = Glibc.kill(identifier, SIGTERM)
  }
}

/// Runs `command` to its end, and throws with what it complained about if it fails.
func run(_ command: [String], environment: [String: String] = [:], output: String = "/dev/null") throws {
  let errors = NSTemporaryDirectory() + "/quarry-bench-errors-\(getpid())"
  defer { try? FileManager.default.removeItem(atPath: errors) }
  let status = try RunningProcess(command, environment: environment, output: output, errors: errors).wait()
  if status == 0 { return }
  let complaint = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
  throw BenchError("\(command[0]) ended with status \(status): \(complaint.prefix(400))")
}

/// Runs rows under candidates.
struct Launcher {
  /// The folder of the executables.
  var executables: String
  /// A folder for outputs and reports.
  var scratch: String
  /// Milliseconds between two looks at a process's memory.
  var interval: Int
  /// Seconds after which a run has failed.
  var timeout: Int

  /// The caller's options for Quarry, which are all that is handed on: whoever tunes it can compare.
  static let options = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("QUARRY_") }

  private var report: String { "\(scratch)/report" }
  private var output: String { "\(scratch)/output" }
  private var errors: String { "\(scratch)/errors" }
  private var answers: String { "\(scratch)/answers" }

  /// Runs `row` once under `candidate`.
  func measure(_ row: Row, under candidate: Candidate, round: Int) throws -> Measurement {
    if let product = row.product { try? FileManager.default.removeItem(atPath: product) }
    let before = ProcessorTime.now()
    let launched = try RunningProcess(command(for: row, candidate), errors: "\(scratch)/launcher-errors")
    var answered = true
    if let service = row.service { answered = serve(service, launched) }
    let status = launched.wait()
    let disturbed = ProcessorTime.now().others(since: before)
    guard status == 0 else { throw BenchError("quarry-launch failed: \(text("\(scratch)/launcher-errors"))") }

    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let result = try decoder.decode(LaunchReport.self, from: Data(contentsOf: URL(fileURLWithPath: report)))
    let wall = Double(result.wallMicroseconds) / 1e6
    // A few samples say nothing about the mean.
    let isSampled = result.samples >= 8
    return Measurement(
      round: round, user: Double(result.userMicroseconds) / 1e6,
      system: Double(result.systemMicroseconds) / 1e6,
      wall: wall, peakKiB: result.peakKib, meanKiB: isSampled ? result.meanKib : nil,
      lastKiB: isSampled ? result.lastKib : nil, minorFaults: result.minorFaults,
      majorFaults: result.majorFaults,
      preemptions: result.preemptions, disturbance: wall > 0 ? disturbed / wall : 0,
      readings: Reading.all(in: text(errors)), digest: digest(of: row),
      failure: failure(of: row, result, answered))
  }

  private func command(for row: Row, _ candidate: Candidate) -> [String] {
    var command = [
      "\(executables)/quarry-launch", "--report", report, "--output", output, "--errors", errors,
      "--interval", String(interval), "--timeout", String(timeout * 1000),
    ]
    var environment = row.environment.merging(Self.options) { $1 }
    // The C library goes before an allocator that the program brings along.
    environment["LD_PRELOAD"] = candidate.library ?? (row.bringsAllocator ? "libc.so.6" : nil)
    for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
      command += ["--set", "\(name)=\(value)"]
    }
    if let input = row.input { command += ["--input", input] }
    return command + ["--"] + row.command
  }

  /// Drives a server; false if it did not become ready or a command failed.
  private func serve(_ service: Service, _ launched: RunningProcess) -> Bool {
    try? Data().write(to: URL(fileURLWithPath: answers))
    let patience = 10.0
    let start = Date()
    while !FileManager.default.fileExists(atPath: service.socket) {
      if Date().timeIntervalSince(start) > patience {
        launched.kill()
        return false
      }
      usleep(5000)
    }
    for command in service.commands {
      guard let process = try? RunningProcess(command, output: "\(answers)-part"), process.wait() == 0 else {
        launched.kill()
        return false
      }
      let part = (try? Data(contentsOf: URL(fileURLWithPath: "\(answers)-part"))) ?? Data()
      if let file = FileHandle(forWritingAtPath: answers) {
        file.seekToEndOfFile()
        file.write(part)
      }
    }
    return true
  }

  private func failure(of row: Row, _ result: LaunchReport, _ answered: Bool) -> String? {
    if result.timedOut { return "did not end within \(timeout) seconds" }
    let complaint = text(errors).split(separator: "\n").first.map { ": \($0.prefix(160))" } ?? ""
    if result.signal != 0 { return "ended by signal \(result.signal)\(complaint)" }
    if result.status != 0 { return "ended with status \(result.status)\(complaint)" }
    if !answered { return "did not serve its clients\(complaint)" }
    if text(errors).contains("LD_PRELOAD") { return "the library cannot be preloaded\(complaint)" }
    if result.peakKib <= result.floorKib { return "its peak memory lies below what can be measured" }
    return nil
  }

  private func digest(of row: Row) -> String {
    var sum = FowlerNollVo()
    if row.isRepeatable {
      sum.add(file: row.service == nil ? output : answers)
      if let product = row.product { sum.add(file: product) }
    }
    return sum.hexadecimal
  }

  private func text(_ path: String) -> String {
    (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)) ?? ""
  }
}

/// The hash of Fowler, Noll and Vo in 64 bits: enough to notice an output that differs.
struct FowlerNollVo {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }

  /// Adds a file's contents; a file that is not there counts as different from an empty one.
  mutating func add(file path: String) {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return add([1]) }
    data.withUnsafeBytes { add($0) }
  }

  var hexadecimal: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
