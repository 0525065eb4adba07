// Snapshots of processes that work, and of processes that end, while they are read.

import Glibc
import Inspection
import TestSupport
import Testing

@Suite("Changing programs")
struct ChangingTests {
  /// A program at full speed, and how many objects of each cache are live in it at any moment, but for those on their way.
  struct Churn: Sendable, CustomTestStringConvertible {
    var source: String
    var live: [(cache: String, range: ClosedRange<Int>)]
    var testDescription: String { source }

    func start() throws -> LiveProgram {
      let path = Library.packageRoot + "/Tests/InspectionTests/Programs/" + source
      return try LiveProgram(Tools.compile(path, flags: source.hasSuffix(".c") ? Library.linking() : []))
    }
  }

  static let churns = [
    Churn(source: "churn.cc", live: [("malloc-112", 2997...3000), ("malloc-3072", 597...600), ("malloc-512", 0...67)]),
    Churn(
      source: "churn_caches.c",
      live: [
        ("steady", 1497...1500), ("checked", 147...150), ("passed", 0...67), ("wave", 0...600),
        ("malloc-112", 1497...1500),
      ]),
  ]

  @Test(arguments: churns)
  func countsStayWithinTheirBounds(_ churn: Churn) throws {
    let program = try churn.start()
    let reader = try HeapReader(LiveProcess(program.number))
    var exact = 0
    for _ in 0..<300 {
      let snapshot = try reader.snapshot([.residency, .freeObjects])
      for (name, live) in churn.live {
        // Only the rise and fall of a wave may leave a cache without slabs.
        guard let cache = snapshot.caches.first(where: { $0.name == name }) else {
          try check(live.lowerBound == 0, "no \(name)")
          continue
        }
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

  @Test(arguments: churns)
  func aProcessMayEndAtAnyMoment(_ churn: Churn) throws {
    for round in 0..<20 {
      let program = try churn.start()
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
