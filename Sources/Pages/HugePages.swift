// HugePages: once a program is large, a slab at the start of a pageblock of which nothing was ever touched gets a huge page
// for all of it: one fault instead of 32, and one entry of the processor's translation cache instead of 512. (Kernel:
// Documentation/admin-guide/mm/transhuge.rst.) Each pageblock is asked for by itself, so that no more than one
// is partly used. Large blocks, of which nobody need touch all, get them as FilledRuns.swift says. Either way only while they
// come fast: where the kernel has to move other pages first, or a virtual machine's host took the memory back, small pages that
// are at hand cost less.
import Platform
import Units

extension Zone {
  /// Whether huge pages are asked for, for slabs of large programs and for runs.
  public func useHugePages(_ isAllowed: Bool) { record.pointee.huge_skips = isAllowed ? 0 : .max }

  /// Faults in the whole pageblock that begins with a slab as one huge page.
  /// - Precondition: the pages of the slab were never touched.
  /// - Returns: false when that may not be, or the system never gives any.
  func populateHuge(_ first: PageIndex, _ count: Int) -> Bool {
    let (start, end) = (first.int, first.int &+ Page.perPageblock)
    if start & (Page.perPageblock &- 1) != 0 || usedPages < Tunables.hugeFloorPages { return false }
    if Int(record.pointee.system_page) != Page.size { return false }
    var acquired = lock.acquire()
    let isFresh = isFreeAndZero(start &+ count, end) && !isBeyondLimit(adding: Page.perPageblock &- count)
    let isLeftOut = !isFresh || leaveOut()
    lock.release(acquired)
    if isLeftOut { return false }
    guard let time = populateHuge(start) else { return false }
    acquired = lock.acquire()
    note(time)
    // Who took pages meanwhile got zeroed ones, as the books said; the others are in the books now.
    var page = start &+ count
    while page < end {
      let next = freeEnd(page, notBeyond: end)
      if next > page { noteTouched(page, next) }
      page = next &+ 1
    }
    lock.release(acquired)
    return true
  }

  /// Faults in a whole pageblock of which nothing was ever touched.
  /// - Returns: the microseconds that it took; nil where the system gives no huge pages.
  func populateHuge(_ pageblock: Int) -> Int64? {
    System.populateHuge(address(PageIndex(pageblock)), bytes: UInt(Page.perPageblock &<< Page.shift))
  }

  private func isFreeAndZero(_ from: Int, _ to: Int) -> Bool {
    freeEnd(from, notBeyond: to) == to && Touched(record).number(from, to &- from) == 0
  }

  /// Whether no huge page is asked for this time, which counts as one that was left out. With the lock held.
  func leaveOut() -> Bool {
    let skips = record.pointee.huge_skips
    if skips != 0 && skips != .max { record.pointee.huge_skips = skips &- 1 }
    return skips != 0
  }

  /// Notes how long a huge page took: after a slow one the next are left out, more of them each time; after a fast one
  /// none are. With the lock held.
  func note(_ microseconds: Int64) {
    if record.pointee.huge_skips == .max { return }
    let isSlow = microseconds > Tunables.hugeMicroseconds
    let more = min(max(Tunables.hugeLeastBackoff, record.pointee.huge_backoff &* 2), Tunables.hugeMostBackoff)
    record.pointee.huge_backoff = isSlow ? more : 0
    record.pointee.huge_skips = record.pointee.huge_backoff
  }
}
