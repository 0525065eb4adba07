// Frees in any context: where signal handlers may free, no free touches a thread's lists, which the handler may have
// interrupted, and none waits for a lock that the interrupted code may hold.
import CShim
import Pages
import Platform
import Slabs
import Synchronization
import Units

extension Request {
  /// Gives a block back: an object to its heap's inbox, pages to their zone if nobody is at work there.
  /// - Parameter busy: takes the first page of a run that the zone cannot take now; its entry is gone already.
  public static func freeInAnyContext(_ address: UInt, _ function: StaticString, busy: (PageIndex) -> Void) {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset < UInt64(zone.extent) {
      let page = PageIndex(offset: offset)
      let entry = Entry(zone.entry(page).pointee)
      if entry.isOwned {
        if !entry.mayBegin(at: offset) { Misuse.invalid(function, address) }
        if Heap.looksFree(offset) && Heap.current.isFree(offset, entry) { Misuse.doubleFree(function, address) }
        Heap.postHome(offset, entry)
        return
      }
      if entry.isRun && offset & UInt64(Page.size &- 1) == 0 {
        if atomic(zone.entry(page)).pointee.exchange(0, ordering: .acquiringAndReleasing) != Entry.run.rawValue {
          Misuse.doubleFree(function, address)
        }
        zone.unwatch(page)
        let frame = zone.frame(page)
        let pages = Int(frame.pointee.pages)
        frame.pointee.kind = 0
        if !zone.freeAtHand(page, pages, touched: pages) { busy(page) }
        return
      }
    }
    freeSlow(address, function)
  }
}
