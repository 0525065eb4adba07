// One replay of a plan under one allocator, and what several come to.

import FoundationEssentials
import Glibc

/// What quarry-replay prints.
struct Replay: Codable, Equatable {
  /// Seconds on the clock, and of all processors.
  var elapsed: Double
  var processor: Double
  /// Resident anonymous bytes: before the first request, the most, the mean over time, at the end, and when the most bytes
  /// were live.
  var before: UInt64
  var peak: UInt64
  var mean: UInt64
  var final: UInt64
  var atLivePeak: UInt64
  /// Requests that the allocator refused and the recorded one did not.
  var withoutMemory: UInt64

  static func run(program: String, plan: String, touch: String, order: String, over allocator: Allocator) throws
    -> Replay
  {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure.trace("cannot make a pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)

    var variables: [String] = []
    var variable = environ
    while let text = variable.pointee {
      let assignment = String(cString: text)
      if !assignment.hasPrefix("LD_PRELOAD=") { variables.append(assignment) }
      variable += 1
    }
    if let library = allocator.library { variables.append("LD_PRELOAD=\(library)") }
    var arguments = [program, plan, touch, order].map { (text: String) in strdup(text) } + [nil]
    var assignments = variables.map { (text: String) in strdup(text) } + [nil]
    defer { for text in arguments + assignments { free(text) } }

    var process = pid_t()
    let error = posix_spawn(&process, program, &actions, nil, &arguments, &assignments)
    close(ends[1])
    defer { close(ends[0]) }
    guard error == 0 else { throw Failure.trace("cannot run \(program): \(String(cString: strerror(error)))") }
    let output = read(ends[0])
    var status: CInt = 0
    while waitpid(process, &status, 0) == -1 && errno == EINTR {}
    guard status == 0, let replay = try? JSONDecoder().decode(Replay.self, from: Data(output)) else {
      let ending =
        switch Ending(waitStatus: status) {
        case .status(let status): "with status \(status)"
        case .signal(let signal): "by signal \(signal)"
        }
      throw Failure.trace("the replay over \(allocator.name) ended \(ending)")
    }
    return replay
  }

  private static func read(_ descriptor: CInt) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}

/// Several replays under one allocator: the median of each figure, and the range of the times.
struct ReplaySummary: Codable, Equatable {
  var allocator: String
  var rounds: Int
  var elapsed: Double
  var elapsedRange: [Double]
  var processor: Double
  var peak: UInt64
  var mean: UInt64
  var final: UInt64
  /// Resident over live bytes, when the most bytes were live; nil where that is no one moment.
  var fragmentation: Double?
  var withoutMemory: UInt64

  /// - Parameter livePeak: nil when threads were free.
  init(_ allocator: Allocator, _ replays: [Replay], livePeak: UInt64?) {
    func median<Value: Comparable>(_ figure: (Replay) -> Value) -> Value {
      let values = replays.map(figure).sorted()
      return values[(values.count - 1) / 2]
    }
    func added(_ bytes: UInt64, _ replay: Replay) -> UInt64 { bytes > replay.before ? bytes - replay.before : 0 }
    self.allocator = allocator.name
    rounds = replays.count
    elapsed = median(\.elapsed)
    elapsedRange = [replays.map(\.elapsed).min() ?? 0, replays.map(\.elapsed).max() ?? 0]
    processor = median(\.processor)
    peak = median { added($0.peak, $0) }
    mean = median { added($0.mean, $0) }
    final = median { added($0.final, $0) }
    let atLivePeak = median { added($0.atLivePeak, $0) }
    fragmentation = livePeak.flatMap { $0 == 0 ? nil : Double(atLivePeak) / Double($0) }
    withoutMemory = median(\.withoutMemory)
  }
}
