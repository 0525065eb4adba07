// CommandAtExit: a command that runs under the library to its last moment, and is held there while its heap is read.

import CInspection
import Glibc
import Inspection

final class CommandAtExit: MemorySource, @unchecked Sendable {
  let live: LiveProcess
  /// How it ended; nil before. Only the thread that started it uses this.
  private var ending: Ending?

  /// Starts a command.
  /// - Throws: `Failure` when it cannot be run.
  init(starting command: [String]) throws {
    let environment = try RunEnvironment(
      library: Library.locate(option: nil), options: nil, inheritedPreload: environmentValue("LD_PRELOAD"),
      inheritedOptions: environmentValue("QUARRY_OPTIONS"))
    environment.apply()
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let number = quarry_start_traced(words)
    // What was preloaded is for the command alone.
    unsetenv("LD_PRELOAD")
    guard number > 0 else {
      throw Execution.failure(-number, command: command[0])
    }
    live = try LiveProcess(number)
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
    let state = quarry_run_to_exit(live.number, waiting ? 1 : 0, &status)
    guard state >= 0 else {
      ending = Ending(waitStatus: status)
      throw InspectionError.gone(live.name)
    }
    return state == 1
  }

  /// Lets the command end, unless it has.
  @discardableResult
  func end() -> Ending {
    let ending = self.ending ?? Ending(waitStatus: quarry_let_end(live.number))
    self.ending = ending
    return ending
  }

  deinit { end() }

  var name: String { "\(live.name) at its end" }
  var pageSize: UInt { live.pageSize }
  var process: Int32? { live.number }
  func mappings() throws -> [Mapping] { try live.mappings() }
  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try live.read(address, into: buffer)
  }
  func pageStates(_ range: Range<UInt>) throws -> [PageState]? { try live.pageStates(range) }
  func isRunning() throws -> Bool { false }
}
