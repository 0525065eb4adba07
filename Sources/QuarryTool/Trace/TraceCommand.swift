// `quarry trace`: every request of a program in a file, made again under any allocator, and looked at.

import ArgumentParser
import Trace

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Record every request of a program, replay it under any allocator, and analyse it.",
    subcommands: [TraceRecordCommand.self, TraceReplayCommand.self, TraceAnalyseCommand.self, TracePrintCommand.self])

  /// Nothing of what it can do was asked for.
  func run() throws { throw ValidationError("give what to do: record, replay, analyse or print") }
}

extension Failure {
  /// Trouble with a trace, or with making or replaying one.
  static func trace(_ message: String) -> Failure { Failure(message: message, status: 1) }
}

/// Runs `body`, with what is wrong with a trace as the tool's failure.
func reportingTraceErrors<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as TraceError { throw Failure.trace(error.description) }
}
