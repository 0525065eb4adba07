import CShim
import TestSupport
import Testing

@testable import Units

@Suite("Pages and orders")
struct PageUnitsTests {
  @Test func pagesAreCountedUp() throws {
    #expect(Page.size == 4096)
    for bytes in 0...(3 * Page.size) {
      let expected = bytes / Page.size + (bytes % Page.size == 0 ? 0 : 1)
      try check(Page.count(bytes: bytes) == expected, "\(bytes) bytes are \(Page.count(bytes: bytes)) pages")
    }
    #expect(Page.count(bytes: Int.max - Page.size) == Int.max / Page.size)
  }

  @Test func anOrderHoldsItsPagesAndTheOneBelowDoesNot() throws {
    let counts = Array(1...5000) + (12..<62).flatMap { [1 << $0 - 1, 1 << $0, 1 << $0 + 1] }
    for pages in counts {
      let order = PageOrder(holding: pages)
      try check(order.pages >= pages, "order \(order.rawValue) is too small for \(pages) pages")
      try check(
        order.rawValue == 0 || order.pages / 2 < pages, "order \(order.rawValue) is too large for \(pages)")
    }
  }

  @Test func ordersReachFromAPageToAGibibyte() {
    #expect(PageOrder(0).pages == 1)
    #expect(PageOrder.max.rawValue == PageOrder.count - 1)
    #expect(PageOrder.max.pages * Page.size == 1 << 30)
    #expect(PageOrder.pageblock.pages == Page.perPageblock)
    #expect(PageOrder(3) < PageOrder(4))
  }

  @Test func anIndexIsAnOffsetWithoutThePositionInThePage() {
    let last = 1 << (Int(QUARRY_OFFSET_BITS) - Page.shift) - 1
    for page in [0, 1, 511, 512, 1 << 18, last] {
      let index = PageIndex(page)
      #expect(index.int == page)
      #expect(index.offset == UInt64(page) * 4096)
      #expect(PageIndex(offset: index.offset) == index)
      #expect(PageIndex(offset: index.offset + 4095) == index)
    }
    #expect(PageIndex(5) + 3 - 8 == PageIndex(0))
    #expect(PageIndex(5) < PageIndex(6))
  }

  /// A link holds the offset of an object, and an inbox that and a count: neither may become a limit of the window.
  @Test func theWidestZoneIsCoveredByItsTables() {
    #expect(Int(QUARRY_GIGABLOCK_COUNT) << 30 == 1 << Int(QUARRY_OFFSET_BITS))
    #expect(UInt64(1) << UInt64(Int(QUARRY_OFFSET_BITS) - Page.shift) <= UInt64(UInt32.max) + 1)
  }
}
