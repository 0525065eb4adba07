// What frees in any context need of a heap: its inbox, which is lock-free, and its slabs only while nobody is at work on
// them. A lock that can be had is not held by what a signal handler interrupted, and so may be waited for afterwards.
import CShim
import Pages
import Platform
import Units

extension Heap {
  /// Posts an object to the heap of its slab, and takes home what waits there when that is much.
  public static func postHome(_ object: UInt64, _ entry: Entry) {
    let heap = HeapRegistry.heap(entry.owner)
    let inbox = Inbox(heap, entry.sizeClass)
    let waiting = inbox.post(object, tail: object, count: 1)
    if Int(waiting) &* entry.sizeClass.objectSize > Tunables.inboxBytes && heap.isUndisturbed {
      let posted = inbox.takeAll()
      if posted.count != 0 { heap.sendHome(posted.head) }
    }
  }

  /// Whether an object that looks free is free, as far as that can be told without waiting for what a handler interrupted.
  public static func isKnownFree(_ object: UInt64, _ entry: Entry) -> Bool {
    HeapRegistry.heap(entry.owner).isUndisturbed && Heap.current.isFree(object, entry)
  }

  /// Whether nobody is at work on the heap's slabs, nor on the zone.
  private var isUndisturbed: Bool {
    if !lock.tryAcquire() { return false }
    lock.release()
    return Zone.shared.isIdle
  }
}
