// Populate: pages behind a slab that is touched for the first time are faulted in together with it, because the next slabs
// will want them. A fault for each page would cost half as much again, in the middle of somebody's malloc.
import CShim
import Platform
import Units

extension Zone {
  /// Faults in the pages of a slab and free ones behind it: few while the program is small, a huge page once it is large.
  /// - Precondition: the pages of the slab were never touched.
  @inline(never) public func populate(_ first: PageIndex, _ count: Int) {
    if populateHuge(first, count) { return }
    let acquired = lock.acquire()
    let batch = min(Int(usedPages / Tunables.populateShare), Tunables.populatePages)
    let from = first.int &+ count
    let to = batch > count ? freeEnd(from, notBeyond: first.int &+ batch) : from
    // In the books before it is done: whoever gets them meanwhile takes them for touched.
    if to > from { noteTouched(from, to) }
    lock.release(acquired)
    if to > from { System.populate(address(first), bytes: UInt(to &- first.int) &<< UInt(Page.shift)) }
  }

  /// Enters free pages into the books as touched. With the lock held.
  func noteTouched(_ from: Int, _ to: Int) {
    _ = Touched(record).strike(from, to &- from)
    Touched(record).mark(from, to &- from)
    Touched(record).enter(from, to &- from)
    noteRefault(to &- from)
  }
}
