import CShim
import Platform
import Synchronization
import TestSupport
import Testing
import Units

@testable import Pages

/// A process has four places for windows: tests that boot zones run one at a time.
@Suite("Zones", .serialized) enum Zones {}

extension Zones {
  @Suite("Zone") struct Model {
    @Test(arguments: [31, 32, 33] as [UInt64])
    func randomStepsMatchTheModel(seed: UInt64) throws {
      let holder = try TestZone.booted()
      defer { Faults.clear() }
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 300)
      var model = try ZoneModel(holder)
      try takeSteps(1000, seed: seed) { random in try model.step(&random, limit: 6000) }
    }

    /// The smallest range that a zone makes do with: it runs full, and goes on.
    @Test(arguments: [41, 42] as [UInt64])
    func aSmallReservedRangeMatchesTheModel(seed: UInt64) throws {
      let holder = try TestZone.reserved(bytes: 16 << 20)
      defer { Faults.clear() }
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 300)
      var model = try ZoneModel(holder)
      try takeSteps(1000, seed: seed) { random in try model.step(&random, limit: 6000) }
      #expect(holder.zone.extent >= holder.zone.record.pointee.window / 2)
    }

    /// The system refuses to open more, again and again.
    @Test(arguments: [51, 52] as [UInt64])
    func failuresToOpenLeaveTheZoneRight(seed: UInt64) throws {
      let holder = try TestZone.booted()
      defer { Faults.clear() }
      var model = try ZoneModel(holder)
      try takeSteps(700, seed: seed) { random in
        Faults.clear()
        Faults.clock = 1
        if random.once(in: 2) { Faults.fail(.open, after: random.below(6), times: random.spread(to: 8)) }
        try model.step(&random, limit: 12_000)
      }
    }

    @Test func countsAreExact() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      for count in 1...300 {
        let free = zone.statistics.freePages
        let opened = zone.statistics.openedPages
        let pages = try #require(zone.allocate(count))
        let grown = zone.statistics.openedPages - opened
        #expect(zone.statistics.freePages == free + grown - count)
        zone.free(pages.first, count, touched: 0)
        #expect(zone.statistics.freePages == free + grown)
      }
      _ = try zone.verifiedBlocks()
    }

    /// Whoever comes second, at the same time or later, is told so and changes nothing.
    @Test func aRunIsFreedOnce() throws {
      let holder = try TestZone.booted()
      nonisolated(unsafe) let zone = holder.zone
      let entry: UInt64 = 0xff
      for _ in 0..<200 {
        let pages = try #require(zone.allocate(9))
        let free = zone.statistics.freePages
        zone.entry(pages.first).pointee = entry
        zone.frame(pages.first).pointee.pages = 9
        zone.frame(pages.first).pointee.kind = UInt8(QUARRY_FRAME_RUN)
        #expect(!zone.freeRun(pages.first, entry: 0xfe))
        let freed = Atomic<Int>(0)
        nonisolated(unsafe) let first = pages.first
        try Threads.run(2) { _ in
          if zone.freeRun(first, entry: entry) { freed.wrappingAdd(1, ordering: .relaxed) }
        }
        let times = freed.load(ordering: .relaxed)
        #expect(times == 1)
        #expect(zone.statistics.freePages == free + 9)
        #expect(zone.entry(pages.first).pointee == 0 && zone.frame(pages.first).pointee.kind == 0)
      }
      _ = try zone.verifiedBlocks()
    }

    /// Who must not wait for the lock exchanges the entry without it: one of the two gets the run.
    @Test func aRunIsTakenOrFreed() throws {
      let holder = try TestZone.booted()
      nonisolated(unsafe) let zone = holder.zone
      let entry: UInt64 = 0xff
      let rounds = 60_000
      nonisolated(unsafe) let first = try #require(zone.allocate(rounds)).first
      for round in 0..<rounds {
        zone.entry(first + round).pointee = entry
        zone.frame(first + round).pointee.pages = 1
      }
      let arrived = Atomic<Int>(0)
      let gone = Atomic<Int>(0)
      try Threads.run(2) { number in
        for round in 0..<rounds {
          arrived.wrappingAdd(1, ordering: .relaxed)
          while arrived.load(ordering: .relaxed) < 2 * (round + 1) { quarry_sys_yield() }
          // The exchange has no lock to take before: it comes later each time, and anew.
          for _ in 0..<(number == 1 ? round % 200 : 0) { quarry_pause() }
          let isOurs =
            number == 0
            ? zone.freeRun(first + round, entry: entry)
            : atomic(zone.entry(first + round)).pointee.exchange(0, ordering: .acquiringAndReleasing) == entry
          if isOurs { gone.wrappingAdd(1, ordering: .relaxed) }
        }
      }
      let times = gone.load(ordering: .relaxed)
      #expect(times == rounds)
    }

    @Test(arguments: 0...18)
    func everyPowerOfTwoCanBeAskedFor(order: Int) throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      // Something that is in the way.
      _ = try #require(zone.allocate(1))
      for count in [1, 3] {
        let pages = try #require(zone.allocate(count, alignment: 1 << order))
        #expect(pages.first.int % (1 << order) == 0)
        #expect(zone.address(pages.first) % (4096 << UInt(min(order, 9))) == 0)
        #expect(pages.isZero)
      }
      _ = try zone.verifiedBlocks()
    }

    /// Other counts may begin anywhere between blocks; a power of two is a block, which splits nothing but itself.
    @Test(arguments: 0...8)
    func aPowerOfTwoIsABlock(order: Int) throws {
      let holder = try TestZone.booted()
      let pages = try #require(holder.zone.allocate(1 << order))
      #expect(pages.first.int % (1 << order) == 0)
    }

    @Test func aRunOfSeveralBlocksServesALargeRequest() throws {
      let holder = try TestZone.booted()
      var model = try ZoneModel(holder)
      // Seven runs that begin at no round page, of which three in the middle are given back.
      for _ in 0..<7 { try model.allocate(1500, write: 1) }
      for _ in 0..<3 { try model.release(2, from: model.runs[2].pages.lowerBound) }
      try model.verify()
      let opened = model.opened
      // No block of 4096 pages is free, and no run but this one is long enough.
      try model.allocate(1400, write: 0)
      try model.allocate(1100, write: 0)
      try model.verify()
      #expect(model.opened == opened)
    }

    @Test func aRunOfAGibibyteAndMoreCanBeHad() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      let count = 1 << 18 + 12_345
      let first = try #require(zone.allocate(count))
      let second = try #require(zone.allocate(1 << 18))
      _ = try zone.verifiedBlocks()
      zone.free(first.first, count, touched: 1)
      zone.free(second.first, 1 << 18, touched: 0)
      let opened = zone.statistics.openedPages
      let again = try #require(zone.allocate(count))
      #expect(zone.statistics.openedPages == opened)
      #expect(!again.isZero || again.first != first.first)
      _ = try zone.verifiedBlocks()
    }

    /// Somebody may map memory where the zone would grow next.
    @Test func anObstacleIsLeftAsItIs() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      // In a range that was reserved ahead there is nobody else.
      if zone.record.pointee.reserved != 0 { return }
      let obstacle = zone.base + zone.extent
      try #require(System.open(obstacle, bytes: 4096, reserved: false) == .done)
      let word = UnsafeMutablePointer<Int>(bitPattern: obstacle)!
      word.pointee = 7
      let pages = try #require(zone.allocate(1000))
      holder.scribble(pages.first.int..<(pages.first.int + 1000))
      #expect(word.pointee == 7)
      zone.free(pages.first, 1000, touched: 1000)
      let free = try zone.verifiedBlocks().reduce(0) { $0 + $1.end - $1.page }
      #expect(free == zone.statistics.freePages)
      #expect(free == zone.statistics.openedPages - 1)
    }

    @Test func zonesDoNotShareAnything() throws {
      let holders = try (0..<3).map { _ in try TestZone.booted() }
      var models = try holders.map { try ZoneModel($0) }
      try takeSteps(60, seed: 61) { random in
        for index in models.indices { try models[index].step(&random, limit: 2000) }
        for model in models { try model.verify() }
      }
    }

    @Test func severalThreadsGetDifferentPages() throws {
      let holder = try TestZone.booted()
      nonisolated(unsafe) let zone = holder.zone
      try Threads.run(4) { number in
        var random = Random(seed: UInt64(number))
        var held: [(PageIndex, Int)] = []
        for _ in 0..<500 {
          if held.count > 20 || (!held.isEmpty && random.once(in: 2)) {
            let (first, count) = held.remove(at: random.below(held.count))
            for page in 0..<count {
              let word = UnsafeMutablePointer<Int>(bitPattern: zone.address(first + page))!
              try check(word.pointee == number, "page \(first.int + page) belongs to another thread, too")
            }
            zone.free(first, count, touched: count)
          } else {
            let count = random.spread(to: 40)
            guard let pages = zone.allocate(count) else { throw Failure("no pages") }
            for page in 0..<count {
              UnsafeMutablePointer<Int>(bitPattern: zone.address(pages.first + page))!.pointee = number
            }
            held.append((pages.first, count))
          }
        }
        for (first, count) in held { zone.free(first, count, touched: count) }
      }
      #expect(
        try zone.verifiedBlocks().reduce(0) { $0 + $1.end - $1.page } == zone.statistics.openedPages - 1)
    }
  }
}
