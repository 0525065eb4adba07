// What an analysis tells of a program whose requests are known.

import TestSupport
import Testing

@testable import Trace

@Suite("Analysis")
struct AnalysisTests {
  /// Beside the program's own requests there are a few of the C library's, with which threads begin.
  private static let others = 0..<8

  @Test(arguments: ["quarry", "glibc"])
  func aKnownProgramIsTold(_ allocator: String) throws {
    let run = try Recording("passed.c", [], over: allocator)
    try #require(run.outcome.ending == .exit(0), "\(run.outcome)")
    let analysis = try Analysis(TraceFile(path: run.path))
    #expect(analysis.requests.realloc == 27 && analysis.reallocs.grown == 20 && analysis.reallocs.shrunk == 7)
    #expect(analysis.requests.withoutMemory == 0 && analysis.requests.ofUnknownBlocks == 0)
    // Who frees: the blocks that one thread passed to another, and no others.
    #expect(analysis.frees.byOtherThread == 100, "\(analysis.frees)")
    #expect(Self.others.contains(analysis.frees.byOwnThread - 50 - 27 - 7), "\(analysis.frees)")
    // How large, and for how many steps, of which a realloc is two.
    func count(_ buckets: [Analysis.Bucket], _ upTo: UInt64) -> Int { buckets.first { $0.upTo == upTo }?.count ?? 0 }
    for (upTo, known) in [(64, 150), (128, 20), (4096, 7), (8192, 20)] as [(UInt64, Int)] {
      #expect(Self.others.contains(count(analysis.sizes, upTo) - known), "\(upTo): \(analysis.sizes)")
    }
    for (upTo, known) in [(1, 57), (2, 27), (128, 100)] as [(UInt64, Int)] {
      #expect(Self.others.contains(count(analysis.lifetimes, upTo) - known), "\(upTo): \(analysis.lifetimes)")
    }
    #expect(Self.others.contains(analysis.neverFreed - 20))
    // What other classes would have saved: 5000 bytes are 5120 in Quarry's, 8192 in powers of two.
    let large = analysis.classes.first { $0.size == 5120 }
    let known = Analysis.ClassWaste(size: 5120, blocks: 20, requested: 100_000, waste: 2400)
    #expect(large == known, "\(analysis.classes)")
    let powers = try #require(analysis.layouts.first { $0.layout == "powers of two" })
    let rest = analysis.peak.bytes - 100_000
    #expect(powers.waste >= 20 * 3192 && powers.waste <= 20 * 3192 + rest, "\(analysis.layouts)")
    // Who asked for the most.
    let caller = try #require(analysis.callers.first)
    #expect(caller.place.contains("/passed+0x") && caller.requests == 20 && caller.bytes == 100_000, "\(caller)")
  }
}
