// Pages that are faulted in ahead, and what the books say of them.

import Platform
import TestSupport
import Testing
import Units

@testable import Pages

@Suite("Populate")
struct PopulateTests {
  /// A zone with as many pages in use, whose next two begin a pageblock, and its touched pages by number.
  private func zone(using pages: Int) throws -> (TestZone, slab: PageIndex) {
    let holder = try TestZone.booted()
    // Page 0 is in use, too.
    let rest = (pages + 511) & ~511 - 1
    try #require(holder.zone.allocate(rest) != nil)
    let slab = try #require(holder.zone.allocate(2)).first
    #expect(slab.int == rest + 1)
    return (holder, slab)
  }

  private func touched(_ zone: Zone, _ pages: Range<Int>) -> [Int] { pages.filter { zone.isTouched($0) } }

  @Test func aFewPagesBehindASlabAreFaultedIn() throws {
    let (holder, slab) = try zone(using: 2048)
    holder.zone.populate(slab, 2)
    let behind = slab.int + 2..<slab.int + Tunables.populatePages
    #expect(touched(holder.zone, slab.int..<slab.int + 512) == Array(behind))
    #expect(holder.zone.statistics.touchedFreePages == behind.count)
    _ = try holder.zone.verifiedBlocks()
  }

  /// As many as the program has pages for.
  @Test func smallProgramsStaySmall() throws {
    let (holder, slab) = try zone(using: 1)
    holder.zone.populate(slab, 2)
    #expect(holder.zone.statistics.touchedFreePages < Tunables.populatePages)
  }

  @Test(arguments: [true, false])
  func aLargeProgramGetsAHugePage(_ isAtHand: Bool) throws {
    let (holder, slab) = try zone(using: Int(Tunables.hugeFloorPages))
    if !isAtHand { Faults.fail(.huge) }
    defer { Faults.clear() }
    holder.zone.populate(slab, 2)
    let behind = touched(holder.zone, slab.int..<slab.int + 512)
    // The system may have none, either.
    let few = Array(slab.int + 2..<slab.int + Tunables.populatePages)
    #expect(behind == few || isAtHand && behind == Array(slab.int + 2..<slab.int + 512))
    #expect(holder.zone.statistics.touchedFreePages == behind.count)
    _ = try holder.zone.verifiedBlocks()
  }

  /// Slow huge pages become rare; a fast one brings them back.
  @Test func slowHugePagesAreLeftOut() throws {
    let (holder, first) = try zone(using: Int(Tunables.hugeFloorPages))
    defer { Faults.clear() }
    var slab = first
    /// Offers pageblocks until a huge page is asked for, and returns how many were left out.
    func leftOut(taking microseconds: Int64) throws -> Int {
      Faults.hugeMicroseconds = microseconds
      for skipped in 0...Int(Tunables.hugeMostBackoff) + 1 {
        defer { slab = holder.zone.allocate(2, alignment: 512)!.first }
        if holder.zone.populateHuge(slab, 2) { return skipped }
      }
      throw Missing.hugePage
    }
    let slow = Tunables.hugeMicroseconds + 1
    let least = Int(Tunables.hugeLeastBackoff)
    #expect(try (0..<4).map { _ in try leftOut(taking: slow) } == [0, least, 2 * least, 4 * least])
    #expect(try leftOut(taking: slow - 1) == 8 * least)
    #expect(try (0..<3).map { _ in try leftOut(taking: slow - 1) } == [0, 0, 0])
    for _ in 0..<10 { _ = try leftOut(taking: slow) }
    #expect(try leftOut(taking: slow) == Int(Tunables.hugeMostBackoff))
    _ = try holder.zone.verifiedBlocks()
  }

  private enum Missing: Error { case hugePage }

  /// Nor where part of the pageblock is in use or was touched, in the middle of one, or where nobody wants any.
  @Test(arguments: ["used", "touched", "middle", "never"])
  func otherwiseThereIsNone(_ why: String) throws {
    let (holder, first) = try zone(using: Int(Tunables.hugeFloorPages))
    let zone = holder.zone
    var slab = first
    switch why {
    case "used": _ = try #require(zone.allocate(64))
    case "touched":
      let run = try #require(zone.allocate(64)).first
      zone.free(run, 64, touched: 64)
    case "middle": slab = try #require(zone.allocate(2)).first
    default: zone.useHugePages(false)
    }
    zone.populate(slab, 2)
    #expect(zone.statistics.touchedFreePages <= 64 + Tunables.populatePages)
    _ = try zone.verifiedBlocks()
  }
}
