// Pages, counted and ordered. A page is 4 KiB in the books on every machine.
import CShim

/// Number of a page in the zone: its offset divided by the page size. Page 0 is never handed out.
public struct PageIndex: Equatable, Comparable {
  public let rawValue: UInt32

  @inline(__always) public init(_ rawValue: UInt32) { self.rawValue = rawValue }
  @inline(__always) public init(_ rawValue: Int) { self.rawValue = UInt32(truncatingIfNeeded: rawValue) }
  @inline(__always) public init(offset: UInt64) {
    self.rawValue = UInt32(truncatingIfNeeded: offset &>> UInt64(Page.shift))
  }

  @inline(__always) public static func < (a: PageIndex, b: PageIndex) -> Bool { a.rawValue < b.rawValue }
  @inline(__always) public static func + (a: PageIndex, count: Int) -> PageIndex { PageIndex(Int(a.rawValue) &+ count) }
  @inline(__always) public static func - (a: PageIndex, count: Int) -> PageIndex { PageIndex(Int(a.rawValue) &- count) }

  @inline(__always) public var int: Int { Int(rawValue) }
  @inline(__always) public var offset: UInt64 { UInt64(rawValue) &<< UInt64(Page.shift) }
}

public enum Page {
  public static let shift = Int(QUARRY_PAGE_SHIFT)
  /// Bytes.
  public static let size = 1 << shift
  /// Pages of a pageblock, 2 MiB, and pageblocks of a gigablock, 1 GiB: the leaves of a buddy map.
  public static let perPageblock = 512

  /// Pages that hold this many bytes.
  /// - Precondition: `bytes` is at most `Int.max - Page.size`.
  @inline(__always) public static func count(bytes: Int) -> Int { (bytes &+ size &- 1) &>> shift }
}

/// Binary logarithm of a block's pages: order 0 is one page, order 18 is 1 GiB.
public struct PageOrder: Equatable, Comparable {
  public let rawValue: Int

  @inline(__always) public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// The smallest order that holds `pages`.
  /// - Precondition: `pages` is at least 1.
  @inline(__always) public init(holding pages: Int) {
    rawValue = pages <= 1 ? 0 : Int.bitWidth &- (pages &- 1).leadingZeroBitCount
  }

  public static let count = Int(QUARRY_ORDER_COUNT)
  @inline(__always) public static var max: PageOrder { PageOrder(count &- 1) }
  /// A pageblock, and the order at which gigablocks' maps take over.
  @inline(__always) public static var pageblock: PageOrder { PageOrder(9) }

  @inline(__always) public static func < (a: PageOrder, b: PageOrder) -> Bool { a.rawValue < b.rawValue }
  @inline(__always) public var pages: Int { 1 &<< rawValue }
}
