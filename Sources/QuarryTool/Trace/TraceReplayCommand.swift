// `quarry trace replay`: a trace's requests, made again under each of several allocators.

import ArgumentParser
import Glibc
import Inspection
import Measuring
import Trace

struct TraceReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Make the requests of a trace again under each of several allocators.",
    discussion: """
      Each recorded thread is a thread that makes the same requests in the same order; a free of another thread's \
      block waits until that is allocated. Threads are as free as that in relation to each other, unless --exact \
      has them take turns in the recorded order, so that under all allocators the same bytes are live at every \
      moment.

      Memory is the resident anonymous memory that came up since the first request. Fragmentation, resident/live, is \
      that over the bytes asked for, at the moment of the trace at which these were most; threads that are free \
      have no such moment, so that it needs --exact.
      """)

  enum Touch: String, ExpressibleByArgument, CaseIterable { case none, pages, all }

  @Argument(help: "The trace.") var file: String

  @Option(
    help: ArgumentHelp(
      "Allocators to compare: any of \(Allocator.names), or paths of libraries.", valueName: "list"))
  var with = "quarry,glibc"

  @Option(
    name: .customShort("n"), help: ArgumentHelp("Rounds; figures are medians.", valueName: "rounds"),
    transform: Number.from(1, to: 1000))
  var rounds = 3

  @Option(help: "What is written of each block.")
  var touch = Touch.pages

  @Flag(help: "One request at a time, in the order of the recording.")
  var exact = false

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Codable {
    var program: String
    var requests: Int
    var threads: Int
    var skipped: Int
    var livePeak: UInt64
    var liveAtEnd: UInt64
    var allocators: [ReplaySummary]
  }

  func run() throws {
    let allocators = try Allocator.list(with)
    let program = try Product.path("quarry-replay")
    let trace = try reportingTraceErrors { try TraceFile(path: file) }
    let plan = try reportingTraceErrors { try Plan(trace) }
    let planFile = try write(plan)
    defer { close(planFile) }

    // One thread has one order.
    let isExact = exact || plan.threadCount <= 1
    var replays = [[Replay]](repeating: [], count: allocators.count)
    for _ in 0..<rounds {
      for (index, allocator) in allocators.enumerated() {
        replays[index].append(
          try Replay.run(
            program: program, plan: "/proc/\(getpid())/fd/\(planFile)", touch: touch.rawValue,
            order: isExact ? "exact" : "loose", over: allocator))
      }
    }
    let report = Report(
      program: trace.program, requests: plan.requests, threads: plan.threadCount, skipped: plan.skipped,
      livePeak: plan.peakBytes, liveAtEnd: plan.endBytes,
      allocators: zip(allocators, replays).map { ReplaySummary($0, $1, livePeak: isExact ? plan.peakBytes : nil) })
    try printToStandardOutput(json ? JSON.text(report) : text(report))
  }

  /// - Returns: the descriptor of a file without a name, which is gone with this process.
  private func write(_ plan: Plan) throws -> CInt {
    let directory = environmentValue("TMPDIR") ?? "/tmp"
    var template = Array("\(directory)/quarry-replay-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw Failure.trace(
        "cannot make a file in '\(directory)', where TMPDIR says: \(String(cString: strerror(errno)))")
    }
    unlink(template)
    // The numbers of standard streams, which may be closed, are another's.
    let file = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    close(descriptor)
    guard file >= 0 else { throw Failure.trace("cannot open a file: \(String(cString: strerror(errno)))") }
    try reportingTraceErrors { try plan.write(to: file) }
    return file
  }

  private func text(_ report: Report) -> String {
    var table = TextTable(["allocator", "time", "from–to", "processor", "peak", "mean", "final", "resident/live"])
    for row in report.allocators {
      table.add([
        row.allocator, Seconds(row.elapsed),
        row.elapsedRange.map { Seconds($0).description }.joined(separator: "–"), Seconds(row.processor),
        Size(row.peak), Size(row.mean), Size(row.final),
        row.fragmentation.map { number($0, 3) } ?? "–",
      ])
    }
    let skipped = report.skipped == 0 ? "" : "; \(report.skipped) of blocks from before the trace were left out"
    return """
      \(report.program): \(report.requests) requests of \(ThreadCount(report.threads)), \
      \(Size(report.livePeak)) live at most\(skipped)
      \(table.text)
      """
  }
}
