// CommandAtExit: a command that runs under the library to its last moment, and is held there while its heap is read.

import CInspection
import Glibc
import Inspection

final class CommandAtExit: MemorySource {
  let number: pid_t
  /// What it is at its last moment: before, it may have become another program.
  private let last: LiveProcess
  /// How it stopped there.
  private let status: CInt

  /// Runs a command to its last moment.
  /// - Throws: `Failure` when it cannot be run, `InspectionError.gone` when it went past that moment, as when it is killed.
  init(_ command: [String]) throws {
    let environment = try RunEnvironment(
      library: Library.locate(option: nil), options: nil, inheritedPreload: environmentValue("LD_PRELOAD"),
      inheritedOptions: environmentValue("QUARRY_OPTIONS"))
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var arguments = words
    let child = try Child.start(&arguments, holding: .itself, prepare: environment.apply)
    number = child
    status = Child.wait(for: child) { quarry_is_at_exit(child, $0) != 0 }
    guard Child.isStopped(status) else { throw InspectionError.gone("process \(number)") }
    last = try LiveProcess(number)
  }

  /// It ends. To be called by the thread that started it.
  deinit {
    quarry_go_on(number, status)
    _ = Child.wait(for: number)
  }

  var name: String { "\(last.name) at its end" }
  let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
  var process: Int32? { number }
  func mappings() throws -> [Mapping] { try last.mappings() }
  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try last.read(address, into: buffer)
  }
  func pageStates(_ range: Range<UInt>) throws -> [PageState]? { try last.pageStates(range) }
  func isRunning() throws -> Bool { false }
}
