// Entry: what the page map says of a page, in one word.
import CShim
import Units

public struct Entry {
  public let rawValue: UInt32

  @inline(__always) public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// A carved page of a slab.
  @inline(__always) init(owner: UInt32, pageInSlab: Int, sizeClass: SizeClass) {
    rawValue = owner &<< 16 | UInt32(pageInSlab) &<< 8 | UInt32(sizeClass.rawValue)
  }

  static func uncarved(pageInSlab: Int) -> Entry { Entry(UInt32(pageInSlab) &<< 8 | QUARRY_ENTRY_UNCARVED) }
  public static var run: Entry { Entry(QUARRY_ENTRY_RUN) }
  /// A page of the kernel interface, of a named cache when there is an owner.
  public static func kernel(pageInSlab: Int, owner: UInt32 = 0) -> Entry {
    Entry(owner &<< 16 | UInt32(pageInSlab) &<< 8 | QUARRY_ENTRY_KERNEL)
  }

  /// Number of the heap that owns the slab, or the tag of the named cache; 0 for anything else.
  @inline(__always) public var owner: UInt32 { rawValue &>> 16 }
  @inline(__always) public var pageInSlab: Int { Int((rawValue &>> 8) & 0xff) }
  @inline(__always) public var sizeClass: SizeClass { SizeClass(Int(rawValue & 0xff)) }
  @inline(__always) public var isRun: Bool { rawValue == QUARRY_ENTRY_RUN }
  @inline(__always) public var isKernel: Bool { rawValue & 0xff == QUARRY_ENTRY_KERNEL }

  /// Position in bytes within the slab of an address with this page offset.
  @inline(__always) public func position(_ offset: UInt64) -> UInt64 {
    UInt64(rawValue & 0xff00) &<< 4 | offset & UInt64(Page.size &- 1)
  }
}
