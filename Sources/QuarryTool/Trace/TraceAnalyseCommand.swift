// `quarry trace analyse`: what a trace tells of its program.

import ArgumentParser
import Inspection
import Measuring
import Trace

struct TraceAnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Show sizes, lifetimes, remote frees and callers of a trace, and what size classes waste.",
    discussion: """
      Lifetimes are counted in steps of the whole program: a realloc is two, every other request one. What layouts \
      of size classes waste is counted at the moment at which most bytes were live. Callers are files and places \
      in them, as addr2line takes them.
      """)

  @Argument(help: "The trace.") var file: String

  @Option(help: ArgumentHelp("Callers and classes to show.", valueName: "count"), transform: Number.from(0))
  var top = 10

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let analysis = try reportingTraceErrors { try Analysis(TraceFile(path: file), callers: top) }
    try printToStandardOutput(json ? JSON.text(analysis) : AnalysisText(analysis: analysis, top: top).text)
  }
}

/// The analysis for people.
struct AnalysisText {
  var analysis: Analysis
  var top: Int

  var text: String {
    [head, requests, blocks, histogram("sizes", analysis.sizes), histogram("lifetimes in steps", analysis.lifetimes)]
      .joined(separator: "\n") + "\n" + [layouts, classes, callers].joined(separator: "\n")
  }

  private var head: String {
    var lines = [
      "\(analysis.program) (\(analysis.process)): \(analysis.steps) steps of \(ThreadCount(analysis.threads)), "
        + "\(number(analysis.bytesPerEvent, 2)) bytes a request"
    ]
    if analysis.forkedFrom != 0 { lines.append("  forked from \(analysis.forkedFrom)") }
    if analysis.missing > 0 {
      lines.append("  the end is cut off: \(analysis.missing) steps were begun and not written")
    }
    if analysis.unwritten > 0 { lines.append("  \(analysis.unwritten) requests could not be written") }
    return lines.joined(separator: "\n") + "\n"
  }

  private var requests: String {
    let each = analysis.requests
    return """
      requests
        malloc \(each.malloc), calloc \(each.calloc), aligned \(each.aligned), realloc \(each.realloc), free \(each.free)
        without memory \(each.withoutMemory), of blocks from before the trace \(each.ofUnknownBlocks)

      """
  }

  private var blocks: String {
    let (peak, frees, reallocs) = (analysis.peak, analysis.frees, analysis.reallocs)
    let all = max(1, frees.byOwnThread + frees.byOtherThread)
    return """
      blocks
        live at most \(Size(peak.bytes)) in \(peak.blocks) blocks, at step \(peak.step)
        live at the end \(Size(analysis.end.bytes)) in \(analysis.end.blocks)
        freed by another thread \(frees.byOtherThread), \
      \(Percent(Double(frees.byOtherThread) / Double(all)))
        reallocs: grown \(reallocs.grown), shrunk \(reallocs.shrunk), of nothing \(reallocs.ofNothing), \
      moved \(reallocs.moved) with \(Size(reallocs.bytesMoved))

      """
  }

  private func histogram(_ title: String, _ buckets: [Analysis.Bucket]) -> String {
    var table = TextTable([title, "blocks", "bytes"])
    for bucket in buckets { table.add(["up to \(bucket.upTo)", bucket.count, Size(bucket.bytes)]) }
    return table.text
  }

  private var layouts: String {
    var table = TextTable(["size classes, at the peak", "bytes", "rounding", "of live"])
    for layout in analysis.layouts {
      table.add([
        layout.layout, Size(layout.bytes), Size(layout.waste), Percent(layout.share),
      ])
    }
    return table.text
  }

  private var classes: String {
    var table = TextTable(["Quarry's classes by rounding", "blocks", "live", "rounding"])
    for each in analysis.classes.prefix(top) {
      table.add([each.size, each.blocks, Size(each.requested), Size(each.waste)])
    }
    return table.text
  }

  private var callers: String {
    var table = TextTable(["callers by bytes over all time", "requests", "bytes"])
    for caller in analysis.callers { table.add([caller.place, caller.requests, Size(caller.bytes)]) }
    return table.text
  }
}
