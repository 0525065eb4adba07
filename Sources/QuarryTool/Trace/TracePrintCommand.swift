// `quarry trace print`: a trace as text, a line for each request.

import ArgumentParser
import Trace

struct TracePrintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Print a trace, a line for each request.",
    discussion: """
      The columns: place in the order of all threads, thread, request, block returned or freed, bytes asked for, \
      alignment or 0, block given to realloc, and caller.
      """)

  @Argument(help: "The trace.") var file: String

  func run() throws {
    try reportingTraceErrors {
      let trace = try TraceFile(path: file)
      let modules = try Modules(trace)
      var names: [UInt64: String] = [:]
      var steps = try Steps(trace)
      var text = ""
      while let step = try steps.next() {
        if case .beginRealloc = step { continue }
        let event = step.event
        let name = names[event.caller] ?? modules.name(of: event.caller)
        names[event.caller] = name
        let alignment: UInt64 = event.kind == .aligned ? 1 << UInt64(event.order) : 0
        text += "\(event.number) \(event.thread) \(event.kind) 0x\(String(event.address, radix: 16)) \(event.size) "
        text += "\(alignment) 0x\(String(event.old, radix: 16)) \(name)\n"
        if text.utf8.count >= 1 << 16 {
          try printToStandardOutput(text)
          text = ""
        }
      }
      try printToStandardOutput(text)
    }
  }
}
