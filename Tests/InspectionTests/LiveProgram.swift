// LiveProgram: a program that stays alive while a test looks into it, and dies with the test.

import Glibc
import Inspection
import TestSupport

final class LiveProgram {
  let number: pid_t
  private let input: Int32
  private let output: Int32
  private var isGone = false

  /// Starts a program under the library without samples, unless told otherwise, and waits for a line of its output.
  /// - Parameter ready: what the line contains; nil for a program that says nothing.
  init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil, ready: String? = "ready"
  ) throws {
    let environment = try environment ?? Library.preloaded(options: "sample=off")
    let (childInput, input) = try Self.makePipe()
    let (output, childOutput) = try Self.makePipe()
    self.input = input
    self.output = output
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, childInput, 0)
    posix_spawn_file_actions_adddup2(&actions, childOutput, 1)
    // Signals as a shell gives them: threads of the test runner have them blocked.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let words = ([executable] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var child = pid_t()
    let failure = posix_spawn(&child, executable, &actions, &attributes, words, variables)
    number = child
    close(childInput)
    close(childOutput)
    guard failure == 0 else {
      isGone = true
      throw Failure("cannot start \(executable): \(String(cString: strerror(failure)))")
    }
    guard let ready else { return }
    firstLine = try readLine()
    while !firstLine.contains(ready) { firstLine = try readLine() }
  }

  /// The line that said that it is ready.
  private(set) var firstLine = ""

  /// An address that it said there.
  func address(_ name: String) throws -> UInt {
    let word = firstLine.split(separator: " ").first { $0.hasPrefix("\(name)=0x") }
    guard let address = word.flatMap({ UInt($0.dropFirst(name.count + 3), radix: 16) }) else {
      throw Failure("no address of \(name) in `\(firstLine)`")
    }
    return address
  }

  deinit {
    kill()
    close(input)
    close(output)
  }

  func kill() {
    if isGone { return }
    isGone = true
    Glibc.kill(number, SIGKILL)
    while waitpid(number, nil, 0) < 0 && errno == EINTR {}
  }

  /// The process, once it waits for something.
  func atRest() throws -> LiveProcess {
    let process = try LiveProcess(number)
    while try process.isRunning() { sched_yield() }
    return process
  }

  /// Writes a core file of it, which goes on.
  func core() throws -> String {
    let prefix = try Scratch.folder() + "/core"
    let outcome = try Command(Tools.find("gcore", package: "gdb"), ["-o", prefix, "\(number)"]).run()
    guard outcome.ending == .exit(0) else { throw Failure("gcore failed: \(outcome)") }
    return "\(prefix).\(number)"
  }

  /// Waits until the program ends by itself.
  /// - Returns: its status as waitpid has it.
  func waitForEnd() throws -> Int32 {
    var status: Int32 = 0
    while waitpid(number, &status, 0) < 0 { guard errno == EINTR else { throw Failure("no such program") } }
    isGone = true
    return status
  }

  /// The next line that the program writes.
  func readLine() throws -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      guard read(output, &byte, 1) == 1 else {
        throw Failure("the program ended after writing `\(String(decoding: line, as: UTF8.self))`")
      }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }

  func write(_ line: String) { _ = (line + "\n").withCString { Glibc.write(input, $0, strlen($0)) } }

  private static func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure("no pipe can be had") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// One of the programs beside these tests, compiled.
  static func compile(_ name: String) throws -> String {
    try Tools.compile(Library.packageRoot + "/Tests/InspectionTests/Programs/" + name)
  }
}
