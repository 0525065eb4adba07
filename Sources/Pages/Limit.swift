// Limit: how much memory the process may have, and what of it is kept back for urgent requests. It counts what is in use,
// what is free but resident, the blocks with mappings of their own, and the zones of low addresses. Guarded by: the zone's
// lock, but for the limit, which is set once.
import CShim
import Platform
import Synchronization
import Units

extension Zone {
  /// Pages that count against the limit. Exact with the lock held, near enough without it.
  public var chargedPages: UInt64 {
    usedPages &+ record.pointee.touched_free_pages &- record.pointee.typed_untouched
      &+ UInt64(VirtualAreas.shared.bytes &>> Page.shift) &+ elsewhere.pointee.load(ordering: .relaxed)
  }

  private var elsewhere: UnsafeMutablePointer<Atomic<UInt64>> { atomic(quarry_zone_charged_elsewhere(record)) }

  /// Charges pages of another zone to this one's limit.
  /// - Returns: false when the limit is reached.
  public func charge(elsewhere pages: Int) -> Bool {
    if isBeyondLimit(adding: pages) { return false }
    elsewhere.pointee.wrappingAdd(UInt64(pages), ordering: .relaxed)
    return true
  }

  public func discharge(elsewhere pages: Int) { elsewhere.pointee.wrappingSubtract(UInt64(pages), ordering: .relaxed) }

  /// Bounds what may be charged, and keeps `min` pages of it for requests that are urgent. No bound when `limit` is 0.
  public func setLimit(pages limit: UInt64, min: UInt64) {
    record.pointee.min_pages = min
    record.pointee.limit_pages = limit
    // Whoever makes room below the limit looks for free pages only.
    mergeFreedRuns()
  }

  @inline(__always) var isLimited: Bool { record.pointee.limit_pages != 0 }

  /// Whether the calling thread may not have what is charged now, or would be with `more` pages.
  @inline(__always) func isBeyondLimit(adding more: Int = 0) -> Bool {
    isLimited && exceedsLimit(adding: more)
  }

  @inline(never) private func exceedsLimit(adding more: Int) -> Bool {
    let context = quarry_context_of_thread()
    if context & QUARRY_CONTEXT_MEMALLOC != 0 { return false }
    let min = record.pointee.min_pages
    let kept = context & QUARRY_CONTEXT_HIGH != 0 ? min / 2 : min
    return chargedPages &+ UInt64(more) &+ kept > record.pointee.limit_pages
  }

  /// Makes room below the limit by giving resident free pages back, or waits for other threads that do: what they give
  /// back is charged until the system is done with it.
  /// - Returns: whether there may be room now.
  func makeRoom(_ count: Int) -> Bool {
    let excess = UInt64(max(count, Tunables.growthPages))
    while true {
      let purged = record.pointee.purged_pages
      let resident = record.pointee.touched_free_pages
      if resident > 0 && reclaim(keeping: resident > excess ? resident &- excess : 0) > 0 { return true }
      let acquired = lock.acquire()
      let hasRoom = !isBeyondLimit(adding: count)
      let mayCome =
        record.pointee.purging > 0 || record.pointee.purged_pages != purged
        || record.pointee.touched_free_pages > resident
      lock.release(acquired)
      if hasRoom || !mayCome { return hasRoom }
      quarry_sys_yield()
    }
  }

  /// Whether the calling thread may have so many more pages, after free ones were given back as far as necessary.
  @inline(never) func makeRoomBelowLimit(_ more: Int) -> Bool {
    while exceedsLimit(adding: more) {
      if !makeRoom(more) { return false }
    }
    return true
  }
}
