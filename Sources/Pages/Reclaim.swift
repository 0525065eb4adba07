// Reclaim: giving free pages back to the system, highest addresses first, within two bounds.
//
// While the program works, the free and touched pages may be as many as half of those in use, because faulting them in
// again costs more than all else; pages that were not needed from one look to the next go back down to a narrow bound.
// (Kswapd looks, or the slow paths do.) Pages that were purged and faulted in again at once widen the wide bound.
import CShim
import Platform
import Units

extension Zone {
  /// Pages in use, by programs and slabs.
  var usedPages: UInt64 { UInt64(openedPages) &- record.pointee.skipped_pages &- record.pointee.free_pages }

  /// Pages that objects and runs in use need, as far as the last look told what the slabs hold beyond.
  private var livePages: UInt64 {
    let (used, slack) = (usedPages, record.pointee.slack_pages)
    return slack < used ? used &- slack : 0
  }

  /// The wide bound, in pages. What the system refuses to take back is beyond both: trying again would only cost time.
  var keepBound: UInt64 { max(record.pointee.keep_floor, livePages / 2) &+ record.pointee.refused_pages }

  /// Pages by which what slabs hold beyond their objects in use may grow before that is looked at.
  public var slackStep: UInt64 { keepBound / Tunables.slackShare }

  /// Bytes that are free but resident. Read without the lock.
  public var residentFreeBytes: Int { Int(record.pointee.touched_free_pages) &<< Page.shift }

  /// The narrow bound, in pages.
  private var idleBound: UInt64 {
    max(UInt64(Tunables.idleFloorPages), livePages / Tunables.idleShare) &+ record.pointee.refused_pages
  }

  /// A floor that switches reclaim off.
  public static var keepAll: UInt64 { UInt64.max / 4 }

  /// Whether more is free than the narrow bound allows, and could be given back. The counts are read without the lock.
  public var hasExcess: Bool {
    record.pointee.touched_free_pages &+ UInt64(record.pointee.unmerged_pages) > idleBound
      && record.pointee.keep_floor < Self.keepAll
  }

  /// Whether more may be free than the wide bound allows, whatever the slabs hold. Read without the lock.
  public var mayHaveExcess: Bool { record.pointee.touched_free_pages > record.pointee.keep_floor }

  /// Whether all that the zone has would be within the wide bound. Read without the lock.
  public var isSmall: Bool { record.pointee.touched_free_pages &+ usedPages <= record.pointee.keep_floor }

  /// Whether what is free, together with what slabs hold beyond their objects in use, is more than the wide bound allows.
  public var mayHaveHolesBeyondBound: Bool {
    record.pointee.touched_free_pages &+ record.pointee.slack_pages > keepBound
  }

  /// Keeps what is free but resident within the wide bound, after pages went back. With no lock held, since the system takes
  /// its time.
  @inline(never) public func balance() {
    let bound = keepBound
    if record.pointee.touched_free_pages > bound {
      let target = bound &- min(bound / 4, Tunables.purgePages)
      reclaim(keeping: target, orWholePageblocksUpTo: bound, isPatient: false)
    }
  }

  /// Whether the last look is long enough ago. Without the lock.
  public var isTimeToLook: Bool {
    System.milliseconds &- record.pointee.look_time >= Tunables.keepMilliseconds
  }

  /// Counts pages that were purged a moment ago and are faulted in again. With the lock held.
  func noteRefault(_ fresh: Int) {
    let again = min(UInt64(fresh), record.pointee.recently_purged)
    if again == 0 { return }
    record.pointee.recently_purged &-= again
    record.pointee.refaulted_pages &+= again
    // Twice the floor at a time, up to all that is in use: a program that needs its pages back gets to keep them.
    let step = UInt64(Tunables.keepFloorPages) / 4
    while record.pointee.refaulted_pages >= step {
      record.pointee.refaulted_pages &-= step
      if record.pointee.keep_floor < usedPages &+ UInt64(Tunables.keepFloorPages) { record.pointee.keep_floor &*= 2 }
    }
  }

  /// Looks at what is free, and gives back what nobody needed since the last look, down to the narrow bound.
  /// - Parameter more: pages that went back a moment ago and are known not to be needed.
  @inline(never) public func reclaimIdle(and more: UInt64 = 0) {
    let now = System.milliseconds
    let acquired = acquireMerged()
    // What stayed free for the whole time is what nobody needed.
    let unneeded = record.pointee.look_time == 0 ? more : record.pointee.touched_low_water &+ more
    let keepsAll = record.pointee.keep_floor >= Self.keepAll
    let surplus = unneeded > idleBound && !keepsAll ? unneeded &- idleBound : 0
    let free = record.pointee.touched_free_pages
    let keep = free &- min(free, surplus)
    // What refaults earned stays as long as half of it is made use of.
    if record.pointee.keep_floor > UInt64(Tunables.keepFloorPages) && !keepsAll
      && record.pointee.touched_high_water <= record.pointee.keep_floor / 2
    {
      record.pointee.keep_floor /= 2
    }
    record.pointee.look_time = now
    record.pointee.touched_low_water = keep
    record.pointee.touched_high_water = keep
    record.pointee.recently_purged = 0
    record.pointee.refaulted_pages = 0
    lock.release(acquired)
    if keep < free { reclaim(keeping: keep) }
  }

  /// Purges free pages until at most `target` touched ones are left. The lock is not held while the system works.
  /// - Parameter most: touched ones that may be left where a pageblock would have to be cut otherwise.
  /// - Parameter isPatient: whether to go on behind any number of pages that the system refuses to take.
  /// - Returns: pages given back.
  @discardableResult
  @inline(never) public func reclaim(
    keeping target: UInt64, orWholePageblocksUpTo most: UInt64 = 0, isPatient: Bool = true
  ) -> Int {
    withUnsafeTemporaryAllocation(of: quarry_range.self, capacity: Tunables.purgeBatch) { ranges in
      var purge = Purge()
      let acquired = acquireMerged()
      // Twice as many each time: all are passed soon, and those that lie in front cost no more than the same again. Never more
      // than there are, for other threads may free pages in front of them again and again.
      purge.patience = isPatient ? record.pointee.touched_free_pages : record.pointee.refused_pages &* 2
      while purgeBatch(beyond: target, most, ranges, acquired, &purge) {}
      record.pointee.purge_cursor = max(record.pointee.purge_cursor, purge.passed)
      note(purge)
      lock.release(acquired)
      return purge.pages
    }
  }

  /// The program may have locked a block that it freed, or all of its memory. With the lock held.
  private func note(_ purge: Purge) {
    if purge.refused > 0 {
      let free = record.pointee.touched_free_pages
      let isAll = purge.pages == 0 && !purge.isCutShort
      record.pointee.refused_pages = max(record.pointee.refused_pages, isAll ? free : min(free, purge.refused))
    } else if purge.pages > 0 {
      record.pointee.refused_pages = 0
    }
  }

  /// What a purge came to.
  private struct Purge {
    /// Pages given back.
    var pages = 0
    /// Pages of the ranges that the system refused: they are locked.
    var refused: UInt64 = 0
    /// How many of these end the purge, and whether they did.
    var patience: UInt64 = 0
    var isCutShort = false
    /// The highest pageblock with pages that were passed for that.
    var passed: UInt64 = 0
  }

  /// Takes free ranges out of all books, has the system empty them, and gives them back. With the lock held, but for the time
  /// that the system takes.
  /// - Returns: whether there may be more; not when the system refuses as many as it is asked for at once, and more than
  ///   patience allows.
  private func purgeBatch(
    beyond target: UInt64, _ most: UInt64, _ ranges: UnsafeMutableBufferPointer<quarry_range>, _ acquired: Bool,
    _ purge: inout Purge
  ) -> Bool {
    // Emulators that do not know the call for several ranges would complain of it: they had the window reserved.
    let limit = record.pointee.reserved == 0 ? ranges.count : 1
    var count = 0
    while count < limit, record.pointee.touched_free_pages > target, let range = purgeable(beyond: target, most) {
      area.take(from: range.start, to: range.end)
      _ = Touched(record).strike(range.start, range.end &- range.start)
      ranges[count] = quarry_range(
        address: address(PageIndex(range.start)), bytes: UInt((range.end &- range.start) &<< Page.shift))
      count &+= 1
    }
    if count == 0 { return false }
    record.pointee.purging &+= 1
    lock.release(acquired)

    let done = System.purge(ranges.baseAddress.unsafelyUnwrapped, count)

    _ = acquireMerged()
    record.pointee.purging &-= 1
    var lowestRefused = Int.max
    for index in 0..<count {
      let first = PageIndex(offset: offset(ranges[index].address)).int
      let pages = Int(ranges[index].bytes &>> UInt(Page.shift))
      if done &>> UInt64(index) & 1 != 0 {
        Touched(record).clear(first, pages)
        purge.pages &+= pages
        record.pointee.purged_pages &+= UInt64(pages)
        record.pointee.recently_purged &+= UInt64(pages)
      } else {
        lowestRefused = min(lowestRefused, first)
        purge.refused &+= UInt64(pages)
      }
      give(first, pages, touched: 0)
    }
    if lowestRefused == Int.max { return true }
    purge.passed = max(purge.passed, record.pointee.purge_cursor)
    purge.isCutShort = done == 0 && count == limit && purge.refused > purge.patience
    let block = UInt64(lowestRefused &>> 9)
    if block == 0 || purge.isCutShort { return false }
    record.pointee.purge_cursor = min(record.pointee.purge_cursor, block &- 1)
    return true
  }

  /// The highest free range that has touched pages, no larger than what is beyond the target.
  /// - Returns: nil where there is none, or as much may be left as the next one would cut off a pageblock.
  private func purgeable(beyond target: UInt64, _ most: UInt64) -> (start: Int, end: Int)? {
    let systemPages = max(1, Int(record.pointee.system_page) &>> Page.shift)
    let free = record.pointee.touched_free_pages
    let excess = Int(min(free &- target, UInt64(Int32.max)))
    var limit = Int(record.pointee.purge_cursor &+ 1) &* Page.perPageblock
    while let page = highestTouchedFree(below: limit) {
      limit = page
      // Whole pages of the system, and of a long run no more than is beyond the target.
      let end = freeEnd(page, notBeyond: (page | (systemPages &- 1)) &+ 1) & ~(systemPages &- 1)
      let least = max(0, end &- max(excess, systemPages))
      let first = area.start(ofRunBefore: page, notBelow: least)
      var start = (first &+ systemPages &- 1) & ~(systemPages &- 1)
      // A huge page that is cut stays in memory as a whole, and no other takes the place of what was cut off.
      let whole = (start &+ Page.perPageblock &- 1) & ~(Page.perPageblock &- 1)
      if first == least && free &+ UInt64(whole) <= most &+ UInt64(end) {
        if whole >= end { return nil }
        start = whole
      }
      // A run may end within the system's page that holds this one, which cannot be given back then.
      if end > page && start < end { return (start, end) }
    }
    return nil
  }

  /// The highest page that is free and touched below a limit, which is at most the end of the pageblock at the cursor. The
  /// cursor follows down to its pageblock.
  private func highestTouchedFree(below limit: Int) -> Int? {
    var end = limit
    while end > 0 {
      let number = (end &- 1) &>> 9
      record.pointee.purge_cursor = UInt64(number)
      if quarry_zone_pageblock(record, number).pointee.touched_free > 0,
        let page = highestTouchedFree(in: number, upTo: (end &- 1) & 511)
      {
        return page
      }
      end = number &<< 9
    }
    return nil
  }

  /// The same among the pages of a pageblock up to `last`.
  private func highestTouchedFree(in number: Int, upTo last: Int) -> Int? {
    let touched = quarry_pageblock_touched(quarry_zone_pageblock(record, number))
    var mask = UInt64.max &>> UInt64(63 &- last & 63)
    var word = last &>> 6
    while word >= 0 {
      var bits = touched[word] & mask
      if bits != 0 { bits &= area.word(number &<< 3 &+ word) }
      if bits != 0 { return number &<< 9 &+ word &<< 6 &+ 63 &- bits.leadingZeroBitCount }
      mask = .max
      word &-= 1
    }
    return nil
  }
}
