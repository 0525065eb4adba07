// CacheLayout: how the objects of a named cache lie in its slabs.
import CShim
import Pages
import Units

struct CacheLayout {
  /// Bytes of a cache line on every machine that matters here.
  static let line = 64
  /// Bytes of each red zone at least.
  static let redZone = 8

  /// Bytes: of an object's place, of the red zone before the object.
  let stride: Int
  let offset: Int
  let alignment: Int
  let slabPages: Int

  var capacity: Int { max(1, (slabPages &<< Page.shift) / stride) }

  /// - Precondition: `size` is from 1 to the largest object, `align` 0 or a power of two.
  init(size: Int, align: Int, flags: slab_flags_t) {
    alignment = Self.alignment(size: size, align: align, flags: flags)
    let redZoned = flags & SLAB_RED_ZONE != 0
    offset = redZoned ? max(alignment, Self.redZone) : 0
    let used = offset &+ size &+ (redZoned ? Self.redZone : 0)
    stride = (used &+ alignment &- 1) & ~(alignment &- 1)
    slabPages = Self.pages(stride)
  }

  /// What is asked for, but at least what malloc gives; cache lines where they are asked for, or the part of one that
  /// still keeps an object within a line.
  static func alignment(size: Int, align: Int, flags: slab_flags_t) -> Int {
    var least = size > 8 ? 16 : 8
    if flags & SLAB_HWCACHE_ALIGN != 0 {
      var part = line
      while size <= part / 2 { part /= 2 }
      least = max(least, part)
    }
    return max(align, least)
  }

  /// The fewest pages that have room for some objects, as far as they are not large, and whose tail wastes at most 1/16.
  private static func pages(_ stride: Int) -> Int {
    var pages = Page.count(bytes: max(stride, min(stride &* Tunables.cacheSlabObjects, Tunables.cacheSlabBytes)))
    while (pages &<< Page.shift) % stride > (pages &<< Page.shift) &>> Tunables.tailShift { pages &+= 1 }
    return pages
  }

  /// Objects in a sheaf, whose record fills a power of two at most; 0 where they are so large that a sheaf would hold too
  /// much.
  var sheafCapacity: Int { min(Tunables.listObjects &- CacheSheaf.headWords, Tunables.listBytes / stride) }

  /// Full sheaves in the barn.
  var barnLimit: Int {
    min(Tunables.barnSheaves, Tunables.barnBytes / max(1, sheafCapacity &* stride))
  }
}
