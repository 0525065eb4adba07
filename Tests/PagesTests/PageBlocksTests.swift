import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages

extension Zones {
  @Suite("Page blocks") struct PageBlocks {
    /// Pages that the test holds, and what it knows of them.
    private struct Model {
      struct Run {
        let pages: Range<Int>
        let type: MigrateType
        let written: Int
      }

      let holder: TestZone
      var zone: Zone { holder.zone }
      var runs: [Run] = []
      var held: Set<Int> = []

      mutating func allocate(_ random: inout Random, atHand: Bool) throws -> Bool {
        let count = random.spread(to: random.once(in: 30) ? 1100 : 100)
        let alignment = 1 << random.below(random.once(in: 4) ? 9 : 2)
        let type = MigrateType(random.below(MigrateType.count))
        let got =
          atHand
          ? zone.allocateAtHand(count, alignment: alignment, in: type)
          : zone.allocate(count, alignment: alignment, in: type)
        guard let got else { return false }
        let pages = got.first.int..<(got.first.int + count)
        try check(got.first.int % alignment == 0, "\(pages) is not aligned to \(alignment)")
        try check(held.isDisjoint(with: pages), "\(pages) was given twice")
        if got.isZero { try check(holder.firstNonzero(pages) == nil, "\(pages) is not zero") }
        held.formUnion(pages)
        let written = random.below(count + 1)
        holder.scribble(pages.lowerBound..<(pages.lowerBound + written))
        runs.append(Run(pages: pages, type: type, written: written))
        return true
      }

      mutating func free(_ random: inout Random) {
        if runs.isEmpty { return }
        let run = runs.remove(at: random.below(runs.count))
        held.subtract(run.pages)
        zone.freeTyped(PageIndex(run.pages.lowerBound), run.pages.count, touched: run.written)
      }

      func verify() throws {
        _ = try zone.verifiedBlocks()
        try zone.verifyTypedBooks()
      }

      /// No pageblock has runs of two types, unless memory was so short that they had to lie together.
      func verifyApart() throws {
        var types: [Int: MigrateType] = [:]
        for run in runs where run.pages.count < 512 {
          let placed = zone.type(of: PageIndex(run.pages.lowerBound))
          try check(
            placed == run.type || run.pages.lowerBound.isMultiple(of: 512), "\(run.pages) lies in \(placed)")
          for page in run.pages {
            let known = types.updateValue(run.type, forKey: page >> 9)
            try check(known == nil || known == run.type, "pageblock \(page >> 9) is shared")
          }
        }
      }
    }

    @Test(arguments: [61, 62, 63] as [UInt64])
    func randomStepsMatchTheModel(seed: UInt64) throws {
      let holder = try TestZone.booted()
      defer { Faults.clear() }
      Faults.clock = 1
      var model = Model(holder: holder)
      try takeSteps(1500, seed: seed) { random in
        if random.once(in: 100) {
          _ = holder.zone.reclaimTyped(random.once(in: 2) ? .unmovable : .reclaimable)
        } else if random.below(100) < (model.held.count < 4000 ? 60 : 40) {
          _ = try model.allocate(&random, atHand: random.once(in: 5))
        } else {
          model.free(&random)
        }
        if random.once(in: 10) { try model.verify() }
      }
      try model.verify()
      var random = Random(seed: seed)
      while !model.runs.isEmpty { model.free(&random) }
      try model.verify()
      for type in 1..<MigrateType.count { #expect(holder.zone.pageblocks(of: MigrateType(type)) == 0) }
    }

    @Test(arguments: [71, 72] as [UInt64])
    func typesLieApartWhileThereIsRoom(seed: UInt64) throws {
      let holder = try TestZone.booted()
      var model = Model(holder: holder)
      try takeSteps(500, seed: seed) { random in
        if random.below(100) < 55 {
          _ = try model.allocate(&random, atHand: false)
        } else {
          model.free(&random)
        }
      }
      try model.verifyApart()
    }

    /// Where no whole pageblock can be had, the pages lie among others.
    @Test func shortOfPageblocksTheTypesMix() throws {
      let holder = try TestZone.reserved(bytes: 16 << 20)
      let zone = holder.zone
      // Every pageblock has something in use.
      while let block = zone.allocate(512, alignment: 512) { zone.free(block.first + 1, 511, touched: 0) }
      let got = try #require(zone.allocate(4, alignment: 4, in: .unmovable))
      #expect(zone.type(of: got.first) == .movable)
      zone.freeTyped(got.first, 4, touched: 4)
      _ = try zone.verifiedBlocks()
      try zone.verifyTypedBooks()
    }

    @Test func whatIsFreeAndTouchedGoesBack() throws {
      let holder = try TestZone.booted()
      defer { Faults.clear() }
      let zone = holder.zone
      let kept = try #require(zone.allocate(1, alignment: 1, in: .reclaimable))
      let block = try #require(zone.allocate(100, alignment: 1, in: .reclaimable))
      holder.scribble(block.first.int..<(block.first.int + 100))
      zone.freeTyped(block.first, 100, touched: 100)
      #expect(zone.reclaimTyped(.unmovable) == 0)
      // They are one block; what the system refuses stays as it is.
      Faults.fail(.purge, times: 1)
      #expect(zone.reclaimTyped(.reclaimable) == 0 && Faults.struck == 1)
      try zone.verifyTypedBooks()
      #expect(zone.reclaimTyped(.reclaimable) == 100)
      #expect(holder.firstNonzero(block.first.int..<(block.first.int + 100)) == nil)
      try zone.verifyTypedBooks()
      let again = try #require(zone.allocate(64, alignment: 64, in: .reclaimable))
      #expect(again.isZero)
      zone.freeTyped(kept.first, 1, touched: 0)
    }

    /// A handler that interrupted the zone gets nothing, and does not wait for it.
    @Test func nothingIsAtHandWhileTheZoneIsAtWork() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      #expect(zone.isIdle)
      zone.lockForFork()
      #expect(!zone.isIdle)
      #expect(zone.allocateAtHand(1, alignment: 1, in: .unmovable) == nil)
      zone.unlockAfterFork()
      let page = try #require(zone.allocateAtHand(1, alignment: 1, in: .unmovable))
      zone.freeTyped(page.first, 1, touched: 0)
      // What is open serves it, and no more is opened.
      Faults.fail(.open)
      defer { Faults.clear() }
      while zone.allocateAtHand(64, alignment: 1, in: .movable) != nil {}
      #expect(Faults.struck == 0)
    }

    /// What is free but resident among the movable pages gives way, as it does to those.
    @Test func atTheLimitFreePagesGiveWay() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      let block = try #require(zone.allocate(80))
      zone.setLimit(pages: zone.chargedPages + 20, min: 0)
      holder.scribble(block.first.int..<(block.first.int + 80))
      zone.free(block.first, 80, touched: 80)
      #expect(zone.allocate(60, alignment: 1, in: .unmovable) != nil)
      #expect(zone.allocate(60, alignment: 1, in: .unmovable) == nil)
      try zone.verifyTypedBooks()
      _ = try zone.verifiedBlocks()
    }

    /// Runs that went back last give way, too, though the limit came later.
    @Test func atANewLimitUnmergedRunsGiveWay() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      let run = try #require(zone.allocate(80)).first
      zone.frame(run).pointee.pages = 80
      zone.entry(run).pointee = UInt64(QUARRY_ENTRY_RUN)
      #expect(zone.freeRun(run, entry: UInt64(QUARRY_ENTRY_RUN)) && zone.unmergedRuns == [run.rawValue])
      zone.setLimit(pages: zone.chargedPages + 20, min: 0)
      #expect(zone.makeRoomBelowLimit(60))
      #expect(zone.unmergedRuns.isEmpty)
    }

    /// What is free is counted with the runs that went back last.
    @Test func freeBlocksOfMovablePagesAreAllOfThem() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      func free() -> Int {
        (0..<PageOrder.count).reduce(0) { $0 + zone.freeBlocks(of: .movable, order: $1) << $1 }
      }
      let before = free()
      let run = try #require(zone.allocate(8)).first
      zone.frame(run).pointee.pages = 8
      zone.entry(run).pointee = UInt64(QUARRY_ENTRY_RUN)
      #expect(zone.freeRun(run, entry: UInt64(QUARRY_ENTRY_RUN)))
      #expect(free() == before)
    }

    @Test func theLimitCountsWhatIsUsed() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      zone.setLimit(pages: zone.chargedPages + 100, min: 20)
      // A pageblock that is set aside is not charged, only what is taken of it.
      let block = try #require(zone.allocate(60, alignment: 1, in: .unmovable))
      #expect(zone.allocate(30, alignment: 1, in: .unmovable) == nil)
      #expect(zone.allocate(30) == nil)
      try zone.verifyTypedBooks()
      quarry_set_context_of_thread(QUARRY_CONTEXT_HIGH)
      #expect(zone.allocate(30) != nil)
      #expect(zone.allocate(1) == nil)
      quarry_set_context_of_thread(QUARRY_CONTEXT_MEMALLOC)
      #expect(zone.allocate(100) != nil)
      quarry_set_context_of_thread(0)
      zone.freeTyped(block.first, 60, touched: 60)
      #expect(zone.allocate(1) == nil)
      _ = try zone.verifiedBlocks()
    }
  }
}
