import CShim
import Testing
import Units

@testable import Slabs

/// What the page map says of a page is told apart at the ends of all ranges.
@Suite("Entries") struct EntryTests {
  @Test(arguments: [1, (1 << 28) - 1], [1, QUARRY_CACHE_OWNER - 1])
  func theFieldsOfASlabsPageAreApart(page: Int, owner: UInt32) {
    let slab = PageIndex(page)
    for number in [0, SizeClass.count - 1] {
      let entry = Entry(owner: owner, slab: slab, sizeClass: SizeClass(number))
      #expect(entry.slab == slab)
      #expect(entry.slabOffset == slab.offset)
      #expect(entry.owner == owner)
      #expect(entry.sizeClass.rawValue == number)
      #expect(entry.position(slab.offset + 4097) == 4097)
      #expect(entry.isOwned && !entry.isRun && !entry.isKernel)
      #expect(entry.mayStray == (entry.sizeClass.objectSize >= Tunables.leastStrayBytes))
    }
  }

  private let tags = [Entry.tag(0x10000), Entry.tag(0x10001), UInt64(QUARRY_HEAP_CLAIMED)]

  /// What a free compares: an exclusive or with the owner's tag leaves the sum of slab and code, and with any other one
  /// nothing that could be an offset.
  @Test(arguments: [1, (1 << 28) - 1], [1, QUARRY_CACHE_OWNER - 1])
  func onlyItsOwnersTagLeavesAnOffset(page: Int, owner: UInt32) {
    let slab = PageIndex(page)
    let sizeClass = SizeClass(serving: Tunables.leastStrayBytes - 1)
    let entry = Entry(owner: owner, slab: slab, sizeClass: sizeClass)
    #expect(entry.rawValue ^ Entry.tag(owner) == slab.offset + sizeClass.code)
    let others = [Entry.tag(owner ^ 1)] + tags
    let kinds = [
      entry, .uncarved(slab: slab), .run, .kernel(slab: slab), .kernel(slab: slab, owner: 0xffff), Entry(0),
    ]
    for tag in others {
      for kind in kinds where kind.owner != tag >> UInt64(QUARRY_ENTRY_OWNER_SHIFT) {
        #expect(Int64(bitPattern: kind.rawValue ^ tag) >= 1 << Int64(QUARRY_OFFSET_BITS))
      }
    }
  }

  /// Of a page whose objects may stray every tag leaves a negative number, with slab and code where they were.
  @Test(arguments: [1, (1 << 28) - 1], [1, QUARRY_CACHE_OWNER - 1])
  func anyTagLeavesAStrayAStray(page: Int, owner: UInt32) {
    let slab = PageIndex(page)
    for number in SizeClass(serving: Tunables.leastStrayBytes).rawValue..<SizeClass.count {
      let sizeClass = SizeClass(number)
      let entry = Entry(owner: owner, slab: slab, sizeClass: sizeClass)
      for tag in [Entry.tag(owner), Entry.tag(owner ^ 1)] + tags {
        let left = Entry(entry.rawValue ^ tag)
        #expect(left.mayStray && left.slab == slab && left.sizeClass == sizeClass)
        // What is left of the owners changes nothing about which positions are those of objects.
        for position in [0, 1, sizeClass.objectSize - 1, sizeClass.objectSize, sizeClass.objectSize + 1] {
          let offset = slab.offset &+ UInt64(position) &+ left.code &- left.rawValue
          let isStart = position % sizeClass.objectSize == 0
          #expect((offset &* sizeClass.inverse < sizeClass.inverse) == isStart)
        }
      }
    }
  }

  @Test func aPageWithoutObjectsHasNoOwner() {
    #expect(Entry.run.owner == 0 && Entry.run.isRun && !Entry.run.isKernel)
    let uncarved = Entry.uncarved(slab: PageIndex(7))
    #expect(uncarved.owner == 0 && uncarved.slab == PageIndex(7) && !uncarved.isRun && !uncarved.isKernel)
    #expect(!Entry.run.isOwned && !uncarved.isOwned && !Entry.kernel(slab: PageIndex(7)).isOwned)
    for owner in [QUARRY_CACHE_OWNER, 0xffff] {
      let cache = Entry.kernel(slab: PageIndex(7), owner: owner)
      #expect(cache.owner == owner && cache.slab == PageIndex(7) && !cache.isRun && cache.isKernel && !cache.isOwned)
    }
  }
}
