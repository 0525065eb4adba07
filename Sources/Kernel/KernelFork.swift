// KernelFork: the kernel interface's locks are held over a fork. In the child the other threads are gone; what their
// sheaves held is lost, since one may have been between two steps.
import CShim
import Pages
import Platform
import Slabs

enum KernelFork {
  /// - Parameter phase: QUARRY_FORK_*.
  static func handle(_ phase: Int32) {
    switch phase {
    case QUARRY_FORK_PREPARE:
      KernelMemory.holdForFork()
      _ = Caches.lock.acquire()
      forEachLockWithin { _ = $0.acquire() }
      LowZones.forEach { $0.lockForFork() }
    case QUARRY_FORK_PARENT:
      LowZones.forEach { $0.unlockAfterFork() }
      KernelMemory.letGoAfterFork()
      forEachLockWithin { $0.release() }
      Caches.lock.release()
    default:
      LowZones.forEach { $0.resetAfterFork() }
      KernelMemory.letGoAfterFork()
      forEachLockWithin { $0.reset() }
      Caches.lock.reset()
      forgetOtherThreads()
      Shrinkers.forgetOtherThreads()
    }
  }

  /// The locks within the one that guards the table of caches, in the order in which they are taken.
  private static func forEachLockWithin(_ body: (Lock) -> Void) {
    Caches.forEach { body(CacheHome($0).lock) }
    body(Metadata.lock)
    body(Shrinkers.lock)
    body(LowZones.lock)
    body(ReserveSlabs.lock)
  }

  private static func forgetOtherThreads() {
    for number in 1..<(HeapRegistry.shared.count &+ 1) {
      let heap = HeapRegistry.heap(number)
      if heap.record == Heap.current.record { continue }
      heap.record.pointee.front.slot_count = 0
      heap.record.pointee.front.slots = nil
    }
  }
}
