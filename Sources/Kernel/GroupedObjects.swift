// GroupedObjects: kmalloc's small objects with __GFP_RECLAIMABLE or __GFP_ACCOUNT. Their pages lie, and are counted, apart:
// so they have caches of their own for each size class, kmalloc-rcl-64 or kmalloc-cg-64, made when one is first asked for.
import CShim
import Pages
import Platform
import Units

enum GroupedObjects {
  private enum Group: Int { case reclaimable, accounted }

  /// Bytes of the largest object. Larger ones have pages of their own.
  private static let largest: UInt = 2048

  /// The cache that serves a request; nil when its flags do not ask for a group, it is too large, or there is no memory
  /// for a cache.
  static func cache(_ size: UInt, _ gfp: Gfp) -> UnsafeMutablePointer<kmem_cache>? {
    guard size <= largest, let group = group(gfp) else { return nil }
    let sizeClass = SizeClass(serving: Int(size))
    let place = quarry_kernel_grouped(quarry_kernel_record(), group.rawValue, sizeClass.rawValue)
    if let made = place.pointee { return made }
    guard let fresh = make(group, sizeClass) else { return nil }
    let acquired = Caches.lock.acquire()
    let first = place.pointee
    if first == nil {
      place.pointee = fresh
      // From now on the program has a handle only where a cache of its own merges into this one.
      if fresh.pointee.references == 1 { Handle.unseal(fresh) }
    }
    Caches.lock.release(acquired)
    guard let first else { return fresh }
    // Another thread was faster.
    Caches.destroy(fresh)
    return first
  }

  /// Whether a cache is one of these, which stay for good. With the lock of the caches held.
  static func owns(_ cache: UnsafeMutablePointer<kmem_cache>) -> Bool {
    if cache.pointee.object_size > Int(largest) { return false }
    let sizeClass = SizeClass(serving: cache.pointee.object_size).rawValue
    let kernel = quarry_kernel_record()
    return quarry_kernel_grouped(kernel, Group.reclaimable.rawValue, sizeClass).pointee == cache
      || quarry_kernel_grouped(kernel, Group.accounted.rawValue, sizeClass).pointee == cache
  }

  private static func group(_ gfp: Gfp) -> Group? {
    if gfp.has(___GFP_RECLAIMABLE) { return .reclaimable }
    return gfp.has(___GFP_ACCOUNT) ? .accounted : nil
  }

  private static func make(_ group: Group, _ sizeClass: SizeClass) -> UnsafeMutablePointer<kmem_cache>? {
    let size = sizeClass.objectSize
    var name = Message(prefix: group == .reclaimable ? "kmalloc-rcl-" : "kmalloc-cg-")
    name.append(decimal: UInt64(size))
    // Never one of the program's, though the program's merge into these.
    return name.withText { text in
      Caches.makeOwn(
        Caches.Wish(
          name: text, size: UInt32(size), align: UInt32(size & -size),
          flags: group == .reclaimable ? SLAB_RECLAIM_ACCOUNT : SLAB_ACCOUNT, constructor: nil), text)
    }
  }
}
