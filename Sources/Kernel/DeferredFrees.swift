// DeferredFrees: blocks of pages that were freed while their zone was at work, perhaps by a signal handler that interrupted
// it. They wait in a lock-free inbox, linked through their frames, for the next thread that may wait.
import CShim
import Pages
import Platform
import Requests
import Synchronization
import Units

enum DeferredFrees {
  private static var head: UnsafeMutablePointer<UInt32> { quarry_kernel_memory_deferred(KernelMemory.record) }

  /// Adds a block of pages.
  static func add(_ page: PageIndex) {
    var old = atomic(head).pointee.load(ordering: .relaxed)
    while true {
      Zone.shared.frame(page).pointee.next = old
      // Pairs with the exchange in drain.
      let attempt = atomic(head).pointee.compareExchange(expected: old, desired: page.rawValue, ordering: .releasing)
      if attempt.exchanged { return }
      old = attempt.original
    }
  }

  /// Gives what waits back to the zone.
  static func drain() {
    if atomic(head).pointee.load(ordering: .relaxed) == 0 { return }
    var page = PageIndex(atomic(head).pointee.exchange(0, ordering: .acquiring))
    while page.rawValue != 0 {
      let frame = Zone.shared.frame(page)
      let next = PageIndex(frame.pointee.next)
      let pages = Int(frame.pointee.pages)
      Zone.shared.freeTyped(page, pages, touched: pages)
      page = next
    }
  }
}
