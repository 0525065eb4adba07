// What frees in any context need of a heap: its inbox, which is lock-free. They touch its slabs only if no thread is at
// work in the heap or the zone, since a signal handler may have interrupted that work. (A lock that can be had at once is
// not held by the interrupted code, so it may be waited for afterwards.)
import CShim
import Pages
import Platform
import Synchronization
import Units

extension Heap {
  /// Posts an object to the heap of its slab. Where much waits already, the heap's thread takes it home soon; where very
  /// much does, the caller does.
  public static func postHome(_ object: UInt64, _ entry: Entry) {
    let heap = HeapRegistry.heap(entry.owner)
    let waiting = Int(Inbox(heap, entry.sizeClass).post(object, tail: object, count: 1)) &* entry.sizeClass.objectSize
    if waiting <= Tunables.inboxBytes { return }
    if (heap.isIdle || waiting > Tunables.crowdedBytes) && heap.isUndisturbed {
      heap.drainHere(entry.sizeClass)
    } else {
      heap.ask(for: entry.sizeClass)
    }
  }

  /// Whether the calling thread may work on the slabs of this heap, whatever it was interrupted in.
  private var isUndisturbed: Bool {
    if Heap.current.isReal && Heap.current.isBusy || !Zone.shared.isIdle { return false }
    if record == Heap.current.record { return true }
    if !isIdle || !lock.tryAcquire() { return false }
    lock.release()
    return true
  }

  /// Takes home what waits for a class; what belongs elsewhere by now is posted there, and waits.
  private func drainHere(_ sizeClass: SizeClass) {
    var foreign: UInt64 = 0
    _ = possess { foreign = takeHome(Inbox(self, sizeClass).takeAll().head) }
    while foreign != 0 {
      let next = Link.next(after: foreign, Zone.shared)
      let entry = Entry(Zone.shared.entry(PageIndex(offset: foreign)).pointee)
      _ = Inbox(HeapRegistry.heap(entry.owner), entry.sizeClass).post(foreign, tail: foreign, count: 1)
      foreign = next
    }
  }
}
