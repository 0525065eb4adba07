// DeferredFrees: blocks of pages that were freed while their zone was at work, perhaps by a signal handler that interrupted
// it. They wait in lock-free inboxes, one a zone, linked through their frames, for the next request that may wait.
import CShim
import Pages
import Platform
import Synchronization
import Units

enum DeferredFrees {
  private static func head(of zone: Zone) -> UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_deferred(KernelMemory.record) + LowZones.number(of: zone))
  }

  /// Adds a block of pages.
  static func add(_ page: PageIndex, of zone: Zone) {
    let head = head(of: zone)
    var old = head.pointee.load(ordering: .relaxed)
    while true {
      zone.frame(page).pointee.next = old
      // Pairs with the exchange in drain.
      let attempt = head.pointee.compareExchange(expected: old, desired: page.rawValue, ordering: .releasing)
      if attempt.exchanged { return }
      old = attempt.original
    }
  }

  /// Gives what waits back to the zones.
  static func drain() {
    drain(Zone.shared)
    LowZones.forEach { drain($0) }
  }

  private static func drain(_ zone: Zone) {
    let head = head(of: zone)
    if head.pointee.load(ordering: .relaxed) == 0 { return }
    var page = PageIndex(head.pointee.exchange(0, ordering: .acquiring))
    while page.rawValue != 0 {
      let frame = zone.frame(page)
      let next = PageIndex(frame.pointee.next)
      let pages = Int(frame.pointee.pages)
      zone.freeTyped(page, pages, touched: pages)
      page = next
    }
  }
}
