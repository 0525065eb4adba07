// What every command that looks at a heap is given: the target, and the form of the answer.

import ArgumentParser
import FoundationEssentials
import Inspection
import Measuring

struct TargetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A process, by its number; or a core file, by its path. Or a command after '--': it is run, and looked at when it "
        + "ends.", valueName: "target"))
  var target: String?

  @Argument(parsing: .postTerminator, help: .hidden)
  var command: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  /// - Throws: `ValidationError` unless there is one target.
  func open() throws -> any MemorySource {
    if (target == nil) == command.isEmpty {
      throw ValidationError("give one target: the number of a process, a core file, or a command after '--'")
    }
    guard let target else { return try CommandAtExit(command) }
    return try Self.open(target)
  }

  static func open(_ target: String) throws -> any MemorySource {
    if let number = Int32(target), number > 0 { return try LiveProcess(number) }
    guard FileManager.default.fileExists(atPath: target) else {
      throw Failure.inspection("'\(target)' is neither the number of a process nor the path of a core file")
    }
    return try CoreFile(target)
  }

  /// The number of a process, where nothing else can be a target.
  static func process(_ text: String) throws -> Int32 {
    guard let number = Int32(text), number > 0 else {
      throw ValidationError("'\(text)' is not the number of a process: a living one is wanted here")
    }
    return number
  }

  func reader() throws -> HeapReader { try HeapReader(open()) }

  /// Prints a report as text, or as JSON when that was asked for.
  func show(_ report: some Encodable, text: @autoclosure () -> String) throws {
    try printToStandardOutput(json ? JSON.text(report) : text())
  }

  /// Says on standard error how far numbers may be off, when the process worked while it was read.
  func note(_ bounds: Bounds) {
    if let words = bounds.words { printToStandardError("quarry: \(words)\n") }
  }
}

extension Failure {
  static func inspection(_ message: String) -> Failure { Failure(message: message, status: 1) }
}
