// CacheFlags: what may be asked of a named cache.
import CShim
import Platform
import Synchronization

enum CacheFlags {
  /// Whether a cache can serve a request with these flags. What it cannot, is said.
  static func areValid(_ gfp: Gfp, _ cache: UnsafeMutablePointer<kmem_cache>) -> Bool {
    if gfp.isZeroed && cache.pointee.constructor != nil { warnOfConstructor(cache) }
    // The slabs lie where they lie.
    if gfp.rawValue & UInt32(___GFP_DMA | ___GFP_DMA32 | ___GFP_HIGHMEM | ___GFP_MOVABLE) == 0 { return true }
    var message = Message()
    message.append("kmem_cache_alloc: cache ")
    message.append(name: cache)
    message.append(": __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, not for its objects")
    message.write()
    return false
  }

  /// Says once a cache that a constructor's work is not cleared.
  private static func warnOfConstructor(_ cache: UnsafeMutablePointer<kmem_cache>) {
    let warned = withUnsafeMutablePointer(to: &cache.pointee.has_warned) {
      atomic($0).pointee.exchange(1, ordering: .relaxed)
    }
    if warned != 0 { return }
    var message = Message()
    message.append("kmem_cache_alloc: cache ")
    message.append(name: cache)
    message.append(": objects with a constructor are not zeroed; __GFP_ZERO is ignored")
    message.write()
  }
}

extension Message {
  /// Appends the name under which a cache reports: a merged one, that of the general cache.
  mutating func append(name cache: UnsafeMutablePointer<kmem_cache>) {
    if !NamedCache(cache).isMerged { return append(text: cache.pointee.name) }
    append("malloc-")
    append(decimal: UInt64(NamedCache(cache).generalSize))
  }

  /// Appends a zero-terminated string.
  mutating func append(text: UnsafePointer<CChar>) {
    var count = 0
    while text[count] != 0 { count &+= 1 }
    append(text, count: count)
  }
}
