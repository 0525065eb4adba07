import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages

extension Zones {
  @Suite("Boot") struct Boot {
    @Test func theFirstPagesAreFreeButForTheVeryFirst() throws {
      let holder = try TestZone.booted()
      let zone = holder.zone
      #expect(try zone.verifiedBlocks().first?.page == 1)
      #expect(zone.statistics.openedPages == Tunables.growthPages)
      #expect(zone.statistics.freePages == Tunables.growthPages - 1)
      #expect(zone.record.pointee.layout_version == UInt32(QUARRY_LAYOUT_VERSION))
      #expect(zone.base % (1 << 30) == 0)
    }

    /// One in 64 windows once began where a program's AddressSanitizer wants to have its shadow memory.
    @Test func windowsLieBetweenAddressSanitizersShadowAndPrograms() {
      for choice in 0..<1000 {
        let base = Zone.base(UInt64(choice))
        #expect(base - Zone.tableSpace > 0x1000_7fff_7fff)
        #expect(base + Zone.windowBytes <= 0x5555_5555_4000)
      }
    }

    @Test func theClassTablesSayWhatTheClassesSay() throws {
      let holder = try TestZone.booted()
      let record = holder.zone.record
      for number in SizeClass.all {
        #expect(quarry_zone_inverse(record, SizeClass(number).code) == SizeClass(number).inverse)
      }
      for size in 0...Int(QUARRY_TABLE_LIMIT) {
        let code = UInt64(quarry_zone_code_of_size(record)[(size + 7) / 8])
        try check(SizeClass(code: code) == SizeClass(serving: size), "\(size) bytes: code \(code)")
      }
    }

    /// What a program stores first in a block must not look like a link: small numbers, pointers, negative numbers.
    @Test func theKeyKeepsOrdinaryWordsFromLookingFree() throws {
      let holder = try TestZone.booted()
      let key = holder.zone.record.pointee.key
      let words: [UInt64] = [
        0, 1, 1 << 40, 0x7fff_ffff_ffff, UInt64(bitPattern: -1), UInt64(bitPattern: -1 << 40),
      ]
      for word in words { #expect(word ^ key >= 1 << UInt64(QUARRY_OFFSET_BITS) + 1 << 62) }
    }

    @Test(arguments: [64 << 30, 1 << 30, 256 << 20, 16 << 20])
    func withoutAWindowARangeIsReserved(bytes: Int) throws {
      let holder = try TestZone.reserved(bytes: bytes)
      let record = holder.zone.record
      #expect(record.pointee.window <= UInt64(bytes))
      #expect(record.pointee.window >= UInt64(bytes / 2))
      #expect(record.pointee.heap_limit >= 100)
      var model = try ZoneModel(holder)
      try model.allocate(3, write: 3)
      try model.verify()
    }

    /// Whatever call of the first boot fails, and however often, the next one works.
    @Test(arguments: 0..<4)
    func aBootThatFailedCanBeTriedAgain(after: Int) throws {
      let holder = TestZone()
      defer { Faults.clear() }
      Faults.fail(.open, after: after)
      Faults.fail(.reserve)
      #expect(!holder.zone.boot())
      Faults.clear()
      try #require(holder.zone.boot())
      var model = try ZoneModel(holder)
      try model.allocate(100, write: 50)
      try model.verify()
    }

    /// Tables that were opened before the system refused have to go back: at the next attempt they would be in the way,
    /// of this zone and of every other.
    @Test func aBootThatFailedLeavesNothingMapped() throws {
      let holder = TestZone()
      defer { Faults.clear() }
      // The first three places are refused; at the fourth the page map opens, and what follows does not.
      Faults.fail(.open) { $0 != 6 }
      Faults.fail(.reserve)
      #expect(!holder.zone.boot())
      let pageMap = UInt(bitPattern: holder.zone.record.pointee.page_map)
      #expect(!isMapped(pageMap), "the page map of a boot that failed is still there")
      System.unmap(pageMap, bytes: 64 << 10)
    }
  }
}
