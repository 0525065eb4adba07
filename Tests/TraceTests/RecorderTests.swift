// The trace of a program is what the program says it asked for: no request more, none less, none another.

import TestSupport
import Testing

@testable import Trace

@Suite("Recorder")
struct RecorderTests {
  /// Pairs each region with the thread that has the same beginning.
  private func thread(of region: [Request], in threads: [[Request]]) -> [Request]? {
    threads.first { $0.starts(with: region.prefix(100)) }
  }

  @Test(arguments: ["quarry", "glibc"], [1, 7, 60])
  func everyRequestOfEveryThread(_ allocator: String, _ threads: Int) throws {
    // Threads that end soon hand their chunks on to those that begin.
    let steps = threads > 10 ? 300 : 20000
    for seed in 1...(threads > 10 ? 20 : 3) {
      let run = try Recording("sequence.c", ["\(seed)", "\(threads)", "\(steps)"], over: allocator)
      try #require(run.outcome.ending == .exit(0) && run.outcome.errors.isEmpty, "\(run.outcome)")
      let trace = try TraceFile(path: run.path)
      let recorded = try run.requests(in: trace)
      for region in try run.log(regions: threads + 1).prefix(threads) {
        #expect(region.count > steps)
        #expect(thread(of: region, in: recorded) == region)
      }
      #expect(recorded.count == threads)
      #expect(try Analysis(trace).missing == 0)
    }
  }

  /// In the order of the sequence no address is live twice, and nothing is freed that is not live.
  @Test(arguments: ["quarry", "glibc"])
  func orderIsThatOfBlocksLives(_ allocator: String) throws {
    let run = try Recording("sequence.c", ["5", "8", "20000"], over: allocator)
    var live = LiveBlocks()
    var steps = try Steps(TraceFile(path: run.path))
    while let step = try steps.next() {
      #expect(live.apply(step) != .unknown, "\(step)")
    }
    #expect(live.unseenFrees == 0)
    #expect(live.allocated > 50_000)
  }

  @Test(arguments: ["quarry", "glibc"])
  func everyOperator(_ allocator: String) throws {
    let run = try Recording("operators.cc", [], over: allocator)
    try #require(run.outcome.ending == .exit(0), "\(run.outcome)")
    let recorded = try run.requests(in: TraceFile(path: run.path))
    let log = try run.log(regions: 1)[0]
    #expect(log.count == 320)
    // The log's last request was refused.
    #expect(recorded.first?.prefix(log.count).elementsEqual(log) == true)
  }

  /// A child goes on in a file of its own, and the parent's is as if there were none.
  @Test(arguments: ["quarry", "glibc"], ["fork", "_Fork"])
  func childrenHaveTheirOwn(_ allocator: String, _ call: String) throws {
    let run = try Recording("sequence.c", ["3", "2", "5000", call], over: allocator)
    try #require(run.outcome.ending == .exit(0) && run.outcome.errors.isEmpty, "\(run.outcome)")
    let log = try run.log(regions: 3)
    let parent = try TraceFile(path: run.path)
    let parents = try run.requests(in: parent)
    #expect(thread(of: log[0], in: parents) == log[0])
    #expect(thread(of: log[1], in: parents) == log[1])

    let others = try run.otherTraces()
    try #require(others.count == 1)
    let child = try TraceFile(path: others[0])
    #expect(try run.requests(in: child) == [log[2]])
    #expect(child.header.forked_from == parent.header.process)
    #expect(child.header.forked_at > 10_000 && child.header.forked_at <= parent.header.sequence)
    #expect(child.header.process != parent.header.process)
  }

  /// What was asked for before SIGKILL is there, and of each thread at most the request that it had not written down yet.
  @Test(arguments: ["quarry", "glibc"])
  func aKilledProcessLeavesAll(_ allocator: String) throws {
    for seed in 1...5 {
      let run = try Recording("sequence.c", ["\(seed)", "4", "50000", "kill"], over: allocator)
      try #require(run.outcome.ending == .signal(9), "\(run.outcome)")
      let recorded = try run.requests(in: TraceFile(path: run.path))
      for region in try run.log(regions: 5).prefix(4) where region.count > 100 {
        let thread = try #require(self.thread(of: region, in: recorded) as [Request]?)
        #expect(thread.starts(with: region))
        #expect(thread.count <= region.count + 1)
      }
    }
  }

  @Test func requestsTakeFewBytes() throws {
    let run = try Recording("sequence.c", ["1", "4", "50000"], over: "quarry")
    let analysis = try Analysis(TraceFile(path: run.path))
    #expect(analysis.bytesPerEvent < 8)
  }

  /// However many requests there are, what the recorder has in memory stays the same: here, a file of 8 MiB and more.
  @Test func memoryIsBounded() throws {
    func most(_ count: Int) throws -> (kibibytes: Int, bytes: UInt64) {
      let run = try Recording("steady.c", ["\(count)"], over: "glibc")
      let trace = try TraceFile(path: run.path)
      let words = run.outcome.output.split(whereSeparator: \.isWhitespace)
      try check(run.outcome.ending == .exit(0) && words.count == 3 && words[0] == "VmHWM:", "\(run.outcome)")
      return (try #require(Int(words[1])), UInt64(try Analysis(trace).steps))
    }
    let (few, many) = (try most(1000), try most(2_000_000))
    #expect(many.bytes >= 4_000_000 && few.bytes < 3000)
    #expect(many.kibibytes - few.kibibytes < 256, "\(few), \(many)")
  }

  /// Recording ends with a line, and the program goes on.
  @Test func aFileThatCannotBeMade() throws {
    var command = Command("/usr/bin/env")
    command.environment["LD_PRELOAD"] = Recording.recorder
    command.environment["QUARRY_TRACE"] = "/no/such/folder/trace"
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && !outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "quarry-trace: recording ends: cannot make /no/such/folder/trace: No such file or directory\n")
  }

  @Test func aFileThatCannotGrow() throws {
    let folder = try Scratch.folder()
    var command = Command(
      "/usr/bin/python3", ["-S", "-c", "print(len([str(i) for i in range(200000)]))"])
    command.environment = try Recording.environment(trace: folder + "/trace", over: "glibc")
    command.environment["PYTHONMALLOC"] = "malloc"
    command.limits = ["f": 600]
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.output == "200000\n", "\(outcome)")
    let complaint = #/quarry-trace: recording ends: cannot write .*/trace: File too large\n/#
    #expect(outcome.errors.wholeMatch(of: complaint) != nil, "\(outcome)")
    let trace = try TraceFile(path: folder + "/trace")
    let analysis = try Analysis(trace)
    #expect(analysis.steps > 10_000)
    #expect(analysis.unwritten > 100_000)
    #expect(analysis.missing <= 2)
  }
}
