// Snapshots of processes that work, and of processes that end, while they are read.

import Glibc
import Inspection
import TestSupport
import Testing

@Suite("Changing programs")
struct ChangingTests {
  /// Three threads hold 1000 live objects of 112 bytes and 200 of 3072 each, but for one on its way.
  @Test func countsStayWithinTheirBounds() throws {
    let program = try LiveProgram(LiveProgram.compile("churn.cc"))
    let reader = try HeapReader(LiveProcess(program.number))
    var exact = 0
    for _ in 0..<300 {
      let snapshot = try reader.snapshot([.residency, .freeObjects])
      for (name, live) in [("malloc-112", 2997...3000), ("malloc-3072", 597...600), ("malloc-512", 0...67)] {
        let cache = try #require(snapshot.caches.first { $0.name == name })
        try check(
          cache.live + cache.liveBound >= live.lowerBound && cache.live - cache.liveBound <= live.upperBound,
          "\(name): \(cache.live) live, exact to \(cache.liveBound)")
      }
      let slabs = snapshot.slabs.reduce(0) { $0 + $1.pages }
      let runs = (snapshot.runs + snapshot.kept).reduce(0) { $0 + $1.pages }
      let missing = snapshot.zone.presentPages - 1 - snapshot.zone.freePages - slabs - runs
      try check(abs(missing) <= snapshot.bounds.pages, "\(missing) pages missing, exact to \(snapshot.bounds.pages)")
      let report = Fragmentation(snapshot)
      try check(report.parts.allSatisfy { $0.bytes >= 0 }, "\(report.parts)")
      if snapshot.bounds.isExact { exact += 1 }
    }
    #expect(exact < 300, "the program did not work")
  }

  @Test func aProcessMayEndAtAnyMoment() throws {
    let path = try LiveProgram.compile("churn.cc")
    for round in 0..<20 {
      let program = try LiveProgram(path)
      let reader = try HeapReader(LiveProcess(program.number))
      let (number, snapshots) = (program.number, round % 5)
      for _ in 0..<snapshots { _ = try reader.snapshot([.residency, .freeObjects]) }
      // From another thread, so that it hits any point of the next snapshots.
      try Threads.run(2) { thread in
        if thread == 0 {
          for _ in 0..<(round * 37 % 50) { sched_yield() }
          Glibc.kill(number, SIGKILL)
          return
        }
        do {
          while true { _ = try reader.snapshot([.residency, .freeObjects]) }
        } catch let error as InspectionError {
          switch error {
          case .gone: return
          default: throw Failure("expected that the process is gone, came to: \(error)")
          }
        }
      }
    }
  }
}
