// CacheShrink: what a named cache can do without goes back.
import CShim
import Pages
import Platform

extension NamedCache {
  /// Takes the calling thread's sheaves, the barn's and what was posted home, and gives empty slabs back.
  /// - Returns: whether no slab is left.
  public func shrink() -> Bool {
    if isMerged { return false }
    if let slot = CacheSlot.inUse(record.pointee.number) { SlotTable.empty(slot, record) }
    let acquired = home.lock.acquire()
    home.drainPosted()
    Barn(record).drain()
    let chain = home.detachEmpty(keeping: 0)
    let isEmpty = home.slabCount == 0
    home.lock.release(acquired)
    CacheHome.release(chain)
    return isEmpty
  }
}

extension Caches {
  /// Gives back what no cache needs, as far as locks are free: reclaim may come from within a request to a cache. Slabs
  /// whose objects readers may still look at stay.
  /// - Returns: pages that went back.
  static func drain() -> Int {
    if !lock.tryAcquire() { return 0 }
    defer { lock.release() }
    var pages = 0
    forEach { cache in
      let home = CacheHome(cache)
      if !home.lock.tryAcquire() { return }
      if let slot = CacheSlot.inUse(cache.pointee.number) {
        Barn(cache).emptyHome(slot.main)
        Barn(cache).emptyHome(slot.spare)
      }
      home.drainPosted()
      Barn(cache).drain()
      let chain = cache.pointee.flags & SLAB_TYPESAFE_BY_RCU == 0 ? home.detachEmpty(keeping: 0) : nil
      home.lock.release()
      pages &+= CacheHome.release(chain)
    }
    return pages
  }
}
