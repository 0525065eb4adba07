// CommandAtExit: a command that runs under the library to its last moment, and is held there while its heap is read.

import CInspection
import Glibc
import Inspection

final class CommandAtExit: MemorySource, @unchecked Sendable {
  let number: pid_t
  /// What it is at its last moment; before, it may become another program. Only the thread that started it changes this.
  private var last: LiveProcess?
  /// How it ended; nil before. Only the thread that started it uses this.
  private var ending: Ending?

  /// Starts a command.
  /// - Parameter signals: blocked here from before it starts, so that none is missed; the command is not concerned.
  /// - Throws: `Failure` when it cannot be run.
  init(starting command: [String], blocking signals: [Int32] = []) throws {
    let environment = try RunEnvironment(
      library: Library.locate(option: nil), options: nil, inheritedPreload: environmentValue("LD_PRELOAD"),
      inheritedOptions: environmentValue("QUARRY_OPTIONS"))
    environment.apply()
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var blocked = sigset_t()
    var own = sigset_t(signals)
    sigprocmask(SIG_BLOCK, &own, &blocked)
    number = quarry_start_traced(words, &blocked)
    // What was preloaded is for the command alone.
    unsetenv("LD_PRELOAD")
    guard number > 0 else {
      throw Execution.failure(-number, command: command[0])
    }
  }

  /// Runs a command to its last moment.
  convenience init(_ command: [String]) throws {
    try self.init(starting: command)
    _ = try isAtExit(waiting: true)
  }

  /// Whether the command has come to its last moment.
  /// - Parameter waiting: whether to wait for that.
  /// - Throws: `InspectionError.gone` when it went past it, as when it is killed.
  func isAtExit(waiting: Bool) throws -> Bool {
    var status: Int32 = 0
    let state = quarry_run_to_exit(number, waiting ? 1 : 0, &status)
    guard state >= 0 else {
      ending = Ending(waitStatus: status)
      throw InspectionError.gone("process \(number)")
    }
    if state == 1 { last = try LiveProcess(number) }
    return state == 1
  }

  /// Lets the command end, unless it has.
  @discardableResult
  func end() -> Ending {
    let ending = self.ending ?? Ending(waitStatus: quarry_let_end(number))
    self.ending = ending
    return ending
  }

  deinit { end() }

  /// The process, once it is at its last moment.
  private func live() throws -> LiveProcess {
    guard let last else { throw InspectionError.gone("process \(number)") }
    return last
  }

  var name: String { "\(last?.name ?? "process \(number)") at its end" }
  let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
  var process: Int32? { number }
  func mappings() throws -> [Mapping] { try live().mappings() }
  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try live().read(address, into: buffer)
  }
  func pageStates(_ range: Range<UInt>) throws -> [PageState]? { try live().pageStates(range) }
  func isRunning() throws -> Bool { false }
}
