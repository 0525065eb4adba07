// HugePages: once a program is large, a slab at the start of a pageblock of which nothing was ever touched gets a huge page
// for all of it: one fault instead of 32, and one entry of the processor's translation cache instead of 512. (Kernel:
// Documentation/admin-guide/mm/transhuge.rst.) Only slabs ask for it, since whoever gets a large block need not touch all
// of it, and each pageblock is asked for by itself, so that no more than one is partly used.
import Platform
import Units

extension Zone {
  /// Whether slabs of large programs get huge pages.
  public func useHugePages(_ isAllowed: Bool) { record.pointee.thp_never = isAllowed ? 0 : 1 }

  /// Faults in the whole pageblock that begins with a slab as one huge page.
  /// - Precondition: the pages of the slab were never touched.
  /// - Returns: false when that may not be, or the system never gives any.
  func populateHuge(_ first: PageIndex, _ count: Int) -> Bool {
    let (start, end) = (first.int, first.int &+ Page.perPageblock)
    if start & (Page.perPageblock &- 1) != 0 || usedPages < Tunables.hugeFloorPages { return false }
    if record.pointee.thp_never != 0 || Int(record.pointee.system_page) != Page.size { return false }
    var acquired = lock.acquire()
    let isFresh = isFreeAndZero(start &+ count, end) && !isBeyondLimit(adding: Page.perPageblock &- count)
    lock.release(acquired)
    if !isFresh || !System.populateHuge(address(first), bytes: UInt(Page.perPageblock &<< Page.shift)) { return false }
    acquired = lock.acquire()
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

  private func isFreeAndZero(_ from: Int, _ to: Int) -> Bool {
    freeEnd(from, notBeyond: to) == to && Touched(record).number(from, to &- from) == 0
  }
}
