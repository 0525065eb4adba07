// Entry: what the page map says of a page, in one word.
import CShim
import Units

public struct Entry {
  public let rawValue: UInt64

  @inline(__always) public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always) private init(owner: UInt32, slab: PageIndex, kind: UInt64) {
    rawValue = Self.tag(owner) | slab.offset | kind
  }

  /// A carved page of the slab that begins at a page.
  @inline(__always) init(owner: UInt32, slab: PageIndex, sizeClass: SizeClass) {
    self.init(owner: owner, slab: slab, kind: sizeClass.code | (sizeClass.mayStray ? UInt64(QUARRY_ENTRY_STRAY) : 0))
  }

  static func uncarved(slab: PageIndex) -> Entry { Entry(owner: 0, slab: slab, kind: UInt64(QUARRY_ENTRY_UNCARVED)) }
  public static var run: Entry { Entry(UInt64(QUARRY_ENTRY_RUN)) }
  /// A page of the kernel interface, of a named cache when there is an owner.
  public static func kernel(slab: PageIndex, owner: UInt32 = 0) -> Entry {
    Entry(owner: owner, slab: slab, kind: UInt64(QUARRY_ENTRY_KERNEL))
  }

  /// An owner's number, shifted to where entries have it.
  @inline(__always) static func tag(_ owner: UInt32) -> UInt64 { UInt64(owner) &<< UInt64(QUARRY_ENTRY_OWNER_SHIFT) }

  /// Number of the heap that owns the slab, or the tag of the named cache; 0 for anything else.
  @inline(__always) public var owner: UInt32 {
    UInt32(truncatingIfNeeded: rawValue &>> UInt64(QUARRY_ENTRY_OWNER_SHIFT)) & QUARRY_ENTRY_OWNER_MASK
  }
  /// Whether a heap owns the slab, and `sizeClass` is the class of its objects.
  @inline(__always) public var isOwned: Bool { owner &- 1 < QUARRY_CACHE_OWNER &- 1 }
  /// Whether objects of the page may stay on the list of any thread that frees them.
  @inline(__always) var mayStray: Bool { Int64(bitPattern: rawValue) < 0 }
  /// The first page of the slab.
  @inline(__always) public var slab: PageIndex { PageIndex(offset: slabOffset) }
  /// Where the slab begins, as an offset.
  @inline(__always) public var slabOffset: UInt64 {
    rawValue & ((1 &<< UInt64(QUARRY_ENTRY_OWNER_SHIFT)) &- UInt64(Page.size))
  }
  @inline(__always) public var sizeClass: SizeClass { SizeClass(code: code) }
  @inline(__always) var code: UInt64 { rawValue & 0xff }
  @inline(__always) public var isRun: Bool { rawValue == QUARRY_ENTRY_RUN }
  @inline(__always) public var isKernel: Bool { rawValue & 0xff == QUARRY_ENTRY_KERNEL }

  /// Position in bytes within the slab of an offset in this page.
  @inline(__always) public func position(_ offset: UInt64) -> UInt64 { offset &- slabOffset }

  /// Whether an object of the slab may begin at an offset in this page: one multiplication (see `SizeClass.inverse`).
  /// - Precondition: a heap owns the slab.
  @inline(__always) public func mayBegin(at offset: UInt64) -> Bool {
    let inverse = quarry_zone_inverse(quarry_zone_record(), code)
    // The owner is lost in the product.
    return (offset &+ code &- rawValue) &* inverse < inverse
  }

  /// Whether `size` bytes fit an object of the slab and fill more than half of it.
  /// - Precondition: a heap owns the slab.
  @inline(__always) public func isMostlyFilled(by size: UInt) -> Bool {
    SizeClass.isMostlyFilled(by: size, quarry_zone_inverse(quarry_zone_record(), code))
  }
}
