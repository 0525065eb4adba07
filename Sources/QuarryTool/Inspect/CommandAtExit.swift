// CommandAtExit: a command that runs under the library to its last moment, and is held there while its heap is read.

import Glibc
import Inspection

final class CommandAtExit: MemorySource {
  let number: pid_t
  /// What it is at its last moment: before, it may have become another program.
  private let last: LiveProcess
  private let child: Child
  /// How it stopped there.
  private let stop: Tracer.Stop

  /// Runs a command to its last moment.
  /// - Throws: `Failure` when it cannot be run or held there, or went past that moment, as when it is killed.
  init(_ command: [String]) throws {
    let environment = try RunEnvironment()
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var arguments = words
    child = try Child.start(
      &arguments, in: .init(variables: environment.variables), holding: .command, mustHold: true)
    number = child.number
    var tracer = Tracer(child)
    guard let stop = Self.runToItsEnd(child, &tracer) else {
      throw Failure.inspection("'\(command[0])' was killed before its last moment could be seen")
    }
    self.stop = stop
    last = try LiveProcess(number)
  }

  private static func runToItsEnd(_ child: Child, _ tracer: inout Tracer) -> Tracer.Stop? {
    while true {
      switch tracer.next(waits: true) {
      case .atEnd(child.number, let stop): return stop
      case .atEnd(_, let stop): stop.goOn()
      case .ended, .nothing: return nil
      case .other: tracer.stopAsJob()
      }
    }
  }

  /// It ends. To be called by the thread that started it.
  deinit {
    stop.goOn()
    var tracer = Tracer(child)
    while true {
      switch tracer.next(waits: true) {
      case .atEnd(_, let stop): stop.goOn()
      case .ended, .nothing: return
      case .other: break
      }
    }
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
