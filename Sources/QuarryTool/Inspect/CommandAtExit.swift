// CommandAtExit: a command that was run under the library to its last moment, and is held there while its heap is read.

import CInspection
import Glibc
import Inspection

final class CommandAtExit: MemorySource {
  private let process: LiveProcess

  /// Runs a command.
  /// - Throws: `Failure` when it cannot be run.
  init(_ command: [String]) throws {
    let environment = try RunEnvironment(
      library: Library.locate(option: nil), options: nil, inheritedPreload: environmentValue("LD_PRELOAD"),
      inheritedOptions: environmentValue("QUARRY_OPTIONS"))
    environment.apply()
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let number = quarry_run_to_exit(words)
    // What was preloaded is for the command alone.
    unsetenv("LD_PRELOAD")
    guard number > 0 else {
      throw Execution.failure(-number, command: command[0])
    }
    process = try LiveProcess(number)
  }

  deinit { quarry_let_end(process.number) }

  var name: String { "\(process.name) at its end" }
  var pageSize: UInt { process.pageSize }
  func mappings() throws -> [Mapping] { try process.mappings() }
  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try process.read(address, into: buffer)
  }
  func pageStates(_ range: Range<UInt>) throws -> [PageState]? { try process.pageStates(range) }
  func isRunning() throws -> Bool { false }
}
