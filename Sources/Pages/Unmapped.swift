// Unmapped: blocks of the zone whose page tables moved elsewhere, and whose place the system would not map anew, since the
// process was at a limit. Their pages are skipped ones until it does: it is asked again, block by block, before the zone grows
// for want of pages. Otherwise a program that stays near its limit would leave more and more addresses behind, and the
// tables beside the zone would grow until nothing else has room. Guarded by: the zone's lock.
//
// Invariants: of such a block, the page map says nothing; its first frame has its length and the next one.
import CShim
import Platform
import Units

extension Zone {
  /// Enters a block, which nobody knows any more.
  public func enterUnmapped(_ first: PageIndex, _ count: Int) {
    let acquired = lock.acquire()
    let frame = frame(first)
    frame.pointee.pages = UInt32(count)
    frame.pointee.next = UInt32(truncatingIfNeeded: record.pointee.unmapped_first)
    record.pointee.unmapped_first = UInt64(first.rawValue)
    record.pointee.skipped_pages &+= UInt64(count)
    lock.release(acquired)
  }

  /// Makes the pages of such a block free, if the system maps them now. With the lock held.
  func mapAgain() -> Bool {
    while record.pointee.unmapped_first != 0 {
      let first = PageIndex(UInt32(truncatingIfNeeded: record.pointee.unmapped_first))
      let frame = frame(first)
      let count = Int(frame.pointee.pages)
      let opening = System.open(address(first), bytes: UInt(count &<< Page.shift), reserved: false)
      if opening == .refused { return false }
      record.pointee.unmapped_first = UInt64(frame.pointee.next)
      // Where somebody else's mapping lies by now, it stays out of use.
      if opening == .occupied { continue }
      record.pointee.skipped_pages &-= UInt64(count)
      Touched(record).clear(first.int, count)
      give(first.int, count, touched: 0)
      return true
    }
    return false
  }
}
