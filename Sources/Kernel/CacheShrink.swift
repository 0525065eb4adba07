// CacheShrink: what a named cache can do without goes back.
import CShim
import Pages
import Platform

extension NamedCache {
  /// Takes the calling thread's sheaves, the barn's and what was posted home, and gives empty slabs back.
  /// - Returns: whether no slab is left.
  public func shrink() -> Bool {
    if isMerged { return false }
    if let slot = CacheSlot.inUse(record.pointee.number), slot.enter() {
      SlotTable.empty(slot, record)
      slot.leave()
    }
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
