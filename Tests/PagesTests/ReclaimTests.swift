import CShim
import Glibc
import Platform
import TestSupport
import Testing
import Units

@testable import Pages

extension Zones {
  @Suite("Reclaim") struct Reclaim {
    /// A zone in which `pages` pages are free and touched.
    private func zone(withTouched pages: Int) throws -> (TestZone, ZoneModel) {
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 1 << 30)
      var model = try ZoneModel(holder)
      try model.allocate(pages, write: pages)
      try model.release(0, from: model.runs[0].pages.lowerBound)
      try model.verify()
      try check(model.touchedFree == pages, "\(model.touchedFree) pages are touched")
      return (holder, model)
    }

    /// What slow paths do when no other thread looks.
    private func keep(_ zone: Zone) {
      zone.balance()
      if zone.isTimeToLook { zone.reclaimIdle() }
    }

    @Test(arguments: [0, 1, 63, 700, 1999, 2000, 5000])
    func noMoreGoesBackThanTheTargetDemands(target: Int) throws {
      defer { Faults.clear() }
      var (_, model) = try zone(withTouched: 2000)
      try model.reclaim(keeping: target)
      try model.verify()
      #expect(model.touchedFree == min(target, 2000))
      // What went back reads as zero.
      try model.allocate(2000, write: 0)
      try model.verify()
    }

    /// With pages of the system of 16 KiB: what ends in the middle of one stays, and does not lead to the same pages again.
    @Test(.timeLimit(.minutes(1))) func partsOfTheSystemsPagesStay() throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      holder.zone.keepAtLeast(pages: 1 << 30)
      holder.zone.record.pointee.system_page = 16384
      guard let got = holder.zone.allocate(64, alignment: 64) else { throw Failure("no pages") }
      holder.scribble(got.first.int..<(got.first.int + 64))
      holder.zone.free(got.first + 16, 22, touched: 22)
      #expect(holder.zone.reclaim(keeping: 0) == 20)
      #expect(holder.zone.statistics.touchedFreePages == 2)
      _ = try holder.zone.verifiedBlocks()
    }

    @Test func pagesThatCannotBeGivenBackStayAsTheyAre() throws {
      defer { Faults.clear() }
      let (holder, model) = try zone(withTouched: 2000)
      Faults.fail(.purge)
      #expect(holder.zone.reclaim(keeping: 0) == 0)
      #expect(Faults.struck == 1, "the system refused, and was asked again")
      try model.verify()
    }

    /// Locked memory cannot be given back: trying at each free would only cost time.
    @Test func aZoneThatCouldNotGiveBackGivesUp() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 2000)
      holder.zone.keepAtLeast(pages: 10)
      Faults.fail(.purge)
      try model.allocate(2000, write: 2000)
      _ = holder.zone.reclaim(keeping: 0)
      let run = model.runs.removeLast()
      holder.zone.free(PageIndex(run.pages.lowerBound), run.pages.count, touched: run.written)
      holder.zone.balance()
      #expect(Faults.struck <= 1)
      #expect(holder.zone.statistics.touchedFreePages == 2000)
      _ = try holder.zone.verifiedBlocks()
    }

    /// A block that was locked is not asked for again, and nothing else stays for it.
    @Test func whatWasRefusedKeepsNothingElse() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 2000)
      holder.zone.keepAtLeast(pages: 10)
      Faults.fail(.purge, times: 1)
      holder.zone.balance()
      #expect(Faults.struck == 1 && holder.zone.statistics.touchedFreePages == 2000)
      holder.zone.balance()
      #expect(holder.zone.statistics.touchedFreePages == 2000, "the system was asked again")
      try model.allocate(4000, write: 4000)
      let run = model.runs.removeLast()
      holder.zone.free(PageIndex(run.pages.lowerBound), run.pages.count, touched: run.written)
      holder.zone.balance()
      #expect(holder.zone.statistics.touchedFreePages < 2100)
      #expect(holder.zone.record.pointee.refused_pages == 0)
    }

    /// The second of several purges is refused: what went back before is zero, and the rest is as it was.
    @Test func aRefusalInTheMiddleKeepsTheBooks() throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 1 << 30)
      var model = try ZoneModel(holder)
      for _ in 0..<6 { try model.allocate(128, alignment: 128, write: 100) }
      // Of six blocks every other one is given back.
      for index in [4, 2, 0] { try model.release(index, from: model.runs[index].pages.lowerBound) }
      Faults.fail(.purge, after: 1)
      let purged = holder.zone.reclaim(keeping: 0)
      #expect(purged == 100)
      #expect(holder.zone.statistics.touchedFreePages == 200)
      for page in 0..<model.opened { model.touched[page] = holder.zone.isTouched(page) }
      try model.verify()
      try model.allocate(100, write: 0)
      try model.verify()
    }

    /// What the program locked keeps nothing else from going back: it is passed, and tried again the next time.
    @Test(arguments: [1, 3, 63, 64, 90]) func whatIsRefusedIsPassed(refused: Int) throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 1 << 30)
      var model = try ZoneModel(holder)
      for _ in 0..<200 { try model.allocate(256, alignment: 256, write: 20) }
      // Of the halves of each pageblock one is given back.
      for index in stride(from: 198, through: 0, by: -2) {
        try model.release(index, from: model.runs[index].pages.lowerBound)
      }
      Faults.fail(.purge, times: refused)
      #expect(holder.zone.reclaim(keeping: 0) > 0)
      #expect(holder.zone.statistics.touchedFreePages == refused * 20)
      for page in 0..<model.opened { model.touched[page] = holder.zone.isTouched(page) }
      try model.verify()
      #expect(holder.zone.record.pointee.keep_floor == 1 << 30, "reclaim is switched off")
      holder.zone.reclaim(keeping: 0)
      #expect(holder.zone.statistics.touchedFreePages == 0)
    }

    /// However much is locked, and wherever: what lies behind it goes back while the program works, too.
    @Test func behindManyRefusalsMoreGoesBack() throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 64)
      var model = try ZoneModel(holder)
      for _ in 0..<800 { try model.allocate(4, alignment: 4, write: 4) }
      let locked = model.runs.suffix(400).enumerated().filter { $0.offset % 2 == 0 }.map(\.element.pages.lowerBound)
      let locks = locked.map { mlock(UnsafeRawPointer(bitPattern: holder.zone.address(PageIndex($0))), 4 << 12) }
      try check(locks.allSatisfy { $0 == 0 }, "memory cannot be locked")
      for page in locked { holder.zone.free(PageIndex(page), 4, touched: 4) }
      holder.zone.balance()
      for run in model.runs.prefix(400) {
        holder.zone.free(PageIndex(run.pages.lowerBound), 4, touched: 4)
        holder.zone.balance()
      }
      // Half of the 200 runs that are in use.
      let free = holder.zone.statistics.touchedFreePages - 4 * locked.count
      #expect(free < 500, "\(free) pages of 1600 stay besides those that are locked")
    }

    /// Neighbouring free blocks are one range for the system, whatever their orders are.
    @Test func aRunGoesBackInOneCall() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 2000)
      try model.allocate(1, alignment: 1, write: 1)
      let free = model.touchedFree
      #expect(holder.zone.statistics.freeBlocks > 5)
      Faults.fail(.purge, after: 1)
      #expect(holder.zone.reclaim(keeping: 0) == free)
      #expect(Faults.struck == 0, "the system was asked twice")
      for page in 0..<model.opened { model.touched[page] = holder.zone.isTouched(page) }
      try model.verify()
    }

    /// More ranges than one call takes, of which the system refuses the last ones: what lies between them stays as it is.
    @Test(arguments: [0, 1, 63, 64, 65, 150, 1000]) func manyRangesGoBack(allowed: Int) throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 1 << 30)
      var model = try ZoneModel(holder)
      for _ in 0..<320 { try model.allocate(2, alignment: 2, write: 2) }
      let kept = model.runs.filter { $0.pages.lowerBound % 4 == 0 }
      while let index = model.runs.firstIndex(where: { $0.pages.lowerBound % 4 != 0 }) {
        try model.release(index, from: model.runs[index].pages.lowerBound)
      }
      let ranges = model.touchedFree / 2
      #expect(ranges > 2 * Tunables.purgeBatch)
      Faults.fail(.purge, after: allowed)
      let purged = holder.zone.reclaim(keeping: 0)
      #expect(purged == 2 * min(allowed, ranges))
      #expect(holder.zone.statistics.touchedFreePages == 2 * (ranges - min(allowed, ranges)))
      #expect(kept.allSatisfy { residentPages(holder.zone.address(PageIndex($0.pages.lowerBound)), 2) == 2 })
      for page in 0..<model.opened { model.touched[page] = holder.zone.isTouched(page) }
      try model.verify()
      try model.allocate(purged, write: 0)
      try model.verify()
    }

    @Test func whatIsFreeAndTouchedStaysWithinTheWideBound() throws {
      defer { Faults.clear() }
      let holder = try TestZone.booted()
      Faults.clock = 1
      holder.zone.keepAtLeast(pages: 100)
      var model = try ZoneModel(holder)
      // In use: 800 pages, so 400 may stay.
      for _ in 0..<20 { try model.allocate(80, write: 80) }
      for count in 1...10 {
        try model.release(model.runs.count - 1, from: model.runs[model.runs.count - 1].pages.lowerBound)
        try model.verify()
        #expect(model.touchedFree <= max(100, (1600 - count * 80 + 1) / 2))
      }
    }

    /// What is left of a pageblock stays, rather than cut a huge page, as long as the bound allows.
    @Test(arguments: [(4096, 3584), (3500, 3072), (400, nil)] as [(Int, Int?)])
    func whatIsBeyondTheWideBoundGoesBackInWholePageblocks(bound: Int, end: Int?) throws {
      defer { Faults.clear() }
      let (holder, model) = try zone(withTouched: 5000)
      let first = model.free.ranges[0].lowerBound
      holder.zone.keepAtLeast(pages: UInt64(bound))
      holder.zone.balance()
      #expect(holder.zone.statistics.touchedFreePages == end.map { $0 - first } ?? bound - bound / 4)
      _ = try holder.zone.verifiedBlocks()
    }

    @Test func whatNobodyNeededForASecondGoesBack() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 4000)
      let zone = holder.zone
      Faults.clock = 10_000
      keep(zone)
      #expect(zone.statistics.touchedFreePages == 4000, "the first look only begins the count")
      Faults.clock = 10_000 + Tunables.keepMilliseconds - 1
      keep(zone)
      #expect(zone.statistics.touchedFreePages == 4000, "a second is not over")

      // In between, 3000 of them are needed.
      Faults.clock = 10_001
      try model.allocate(3000, write: 3000)
      try model.release(0, from: model.runs[0].pages.lowerBound)
      try model.verify()
      Faults.clock = 10_000 + Tunables.keepMilliseconds
      keep(zone)
      let kept = 3000 + Tunables.idleFloorPages
      #expect(zone.statistics.touchedFreePages == kept)
      Faults.clock = 10_000 + 2 * Tunables.keepMilliseconds
      keep(zone)
      #expect(zone.statistics.touchedFreePages == Tunables.idleFloorPages)
      _ = try zone.verifiedBlocks()
    }

    /// A program that faults in again what went back gets to keep twice as much, until it does not any more.
    @Test func refaultsWidenTheBound() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 2000)
      let floor = UInt64(Tunables.keepFloorPages)
      holder.zone.keepAtLeast(pages: floor)
      Faults.clock = 1
      try model.reclaim(keeping: 0)
      try model.allocate(1000, write: 1000)
      #expect(holder.zone.record.pointee.keep_floor == floor)
      try model.allocate(1000, write: 1000)
      #expect(holder.zone.record.pointee.keep_floor == 2 * floor)
      holder.zone.reclaimIdle()
      #expect(holder.zone.record.pointee.keep_floor == floor)
    }

    /// Whoever faults a lot in again at once earns as much as with many small requests.
    @Test func aLargeRefaultCountsAsOftenAsItIsLarge() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 5000)
      let floor = UInt64(Tunables.keepFloorPages)
      holder.zone.keepAtLeast(pages: floor)
      Faults.clock = 1
      try model.reclaim(keeping: 0)
      try model.allocate(5000, write: 5000)
      // It ends where more than what is in use would be kept.
      #expect(holder.zone.record.pointee.keep_floor == 4 * floor)
    }

    /// What was earned stays as long as the program makes use of it, however often somebody looks.
    @Test func aBoundThatIsUsedStaysWide() throws {
      defer { Faults.clear() }
      var (holder, model) = try zone(withTouched: 4000)
      let floor = UInt64(Tunables.keepFloorPages)
      holder.zone.keepAtLeast(pages: 2 * floor)
      for _ in 0..<3 {
        try model.allocate(3000, write: 3000)
        try model.allocate(3000, write: 3000)
        for _ in 0..<2 { try model.release(0, from: model.runs[0].pages.lowerBound) }
        holder.zone.reclaimIdle()
        #expect(holder.zone.record.pointee.keep_floor == 2 * floor)
      }
      holder.zone.reclaimIdle()
      #expect(holder.zone.record.pointee.keep_floor == 2 * floor, "as many were free as half of the bound")
      holder.zone.reclaim(keeping: 0)
      holder.zone.reclaimIdle()
      holder.zone.reclaimIdle()
      #expect(holder.zone.record.pointee.keep_floor == floor)
    }

    @Test func theSystemHasThePagesBackThatWereReclaimed() throws {
      defer { Faults.clear() }
      let (holder, model) = try zone(withTouched: 600)
      let first = holder.zone.address(PageIndex(model.free.ranges[0].lowerBound))
      #expect(residentPages(first, 600) == 600)
      holder.zone.reclaim(keeping: 0)
      #expect(residentPages(first, 600) == 0)
    }
  }
}
