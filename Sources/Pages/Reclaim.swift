// Reclaim: giving free pages back to the system, highest addresses first, within two bounds.
//
// While the program works, the free and touched pages may be as many as half of those in use, because faulting them in
// again costs more than all else; pages that were not needed for a second go back down to a narrow bound. Pages that
// were purged and faulted in again at once widen the wide bound.
import CShim
import Platform
import Units

extension Zone {
  /// Pages in use, by programs and slabs.
  var usedPages: UInt64 { UInt64(openedPages) &- record.pointee.skipped_pages &- record.pointee.free_pages }

  /// The wide bound, in pages.
  var keepBound: UInt64 { max(record.pointee.keep_floor, usedPages / 2) }

  /// The narrow bound, in pages.
  private var idleBound: UInt64 { max(UInt64(Tunables.idleFloorPages), usedPages / 10) }

  /// A floor that switches reclaim off.
  public static var keepAll: UInt64 { UInt64.max / 4 }

  /// Whether enough pages are free that a look at the clock is worth its cost. With the lock held.
  var isTimeToReclaim: Bool {
    record.pointee.lock_count & 15 == 0 && record.pointee.touched_free_pages > idleBound
      && record.pointee.keep_floor < Self.keepAll
  }

  /// Counts pages that were purged a moment ago and are faulted in again. With the lock held.
  func noteRefault(_ fresh: Int) {
    let again = min(UInt64(fresh), record.pointee.recently_purged)
    if again == 0 { return }
    record.pointee.recently_purged &-= again
    record.pointee.refaulted_pages &+= again
    // Twice the floor at a time, up to all that is in use: a program that needs its pages back gets to keep them.
    if record.pointee.refaulted_pages >= UInt64(Tunables.keepFloorPages) / 4 {
      record.pointee.refaulted_pages = 0
      if record.pointee.keep_floor < usedPages &+ UInt64(Tunables.keepFloorPages) { record.pointee.keep_floor &*= 2 }
    }
  }

  /// Gives back what was not needed since the last look, at most once in `Tunables.keepMilliseconds`.
  @inline(never) func reclaimIdle() {
    let now = System.milliseconds
    let acquired = lock.acquire()
    let due = now &- record.pointee.purge_time >= Tunables.keepMilliseconds
    var keep = record.pointee.touched_free_pages
    if due {
      // What stayed free for the whole time is what nobody needed.
      let unneeded = record.pointee.purge_time == 0 ? 0 : record.pointee.touched_low_water
      if unneeded > idleBound { keep &-= min(keep, unneeded &- idleBound) }
      record.pointee.purge_time = now
      record.pointee.touched_low_water = keep
      record.pointee.recently_purged = 0
      record.pointee.refaulted_pages = 0
      if record.pointee.keep_floor > UInt64(Tunables.keepFloorPages) { record.pointee.keep_floor /= 2 }
    }
    let excess = keep < record.pointee.touched_free_pages
    lock.release(acquired)
    if excess { reclaim(keeping: keep) }
  }

  /// Purges free pages until at most `target` touched ones are left. The lock is not held while the system works.
  /// - Returns: pages given back.
  @discardableResult
  @inline(never) public func reclaim(keeping target: UInt64) -> Int {
    var purged = 0
    let acquired = lock.acquire()
    while record.pointee.touched_free_pages > target, let range = purgeable(beyond: target) {
      let count = range.end &- range.start
      _ = area.take(from: range.start, to: range.end)
      _ = Touched(record).forget(range.start, count)
      record.pointee.purging &+= 1
      lock.release(acquired)

      let done = System.purge(address(PageIndex(range.start)), bytes: UInt(count &<< Page.shift))

      _ = lock.acquire()
      record.pointee.purging &-= 1
      if done {
        Touched(record).clear(range.start, count)
        purged &+= count
        record.pointee.purged_pages &+= UInt64(count)
        record.pointee.recently_purged &+= UInt64(count)
      }
      give(range.start, count, touched: 0)
      if !done {
        // Locked pages cannot be given back, and trying again would only cost time.
        record.pointee.keep_floor = Self.keepAll
        break
      }
    }
    lock.release(acquired)
    return purged
  }

  /// The highest free range that has touched pages, no larger than what is beyond the target.
  private func purgeable(beyond target: UInt64) -> (start: Int, end: Int)? {
    let systemPages = max(1, Int(record.pointee.system_page) &>> Page.shift)
    var number = Int(record.pointee.purge_cursor)
    while number >= 0 {
      let block = quarry_zone_pageblock(record, number)
      if block.pointee.touched_free > 0 {
        var word = 7
        while word >= 0 {
          var bits = quarry_pageblock_touched(block)[word]
          while bits != 0 {
            let bit = 63 &- bits.leadingZeroBitCount
            bits &= ~(1 &<< UInt64(bit))
            guard let free = area.block(holding: (number &<< 9) &+ (word &<< 6) &+ bit) else { continue }
            // Whole pages of the system, and of a large block no more than is beyond the target.
            let page = (number &<< 9) &+ (word &<< 6) &+ bit
            let excess = Int(min(record.pointee.touched_free_pages &- target, UInt64(Int32.max)))
            let end = min(free.end, (page | (systemPages &- 1)) &+ 1) & ~(systemPages &- 1)
            let start = (max(free.start, end &- max(excess, systemPages)) &+ systemPages &- 1) & ~(systemPages &- 1)
            if start < end { return (start, end) }
          }
          word &-= 1
        }
      }
      if number > 0 { record.pointee.purge_cursor = UInt64(number &- 1) }
      number &-= 1
    }
    return nil
  }
}
