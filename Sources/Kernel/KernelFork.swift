// KernelFork: the kernel interface's locks are held over a fork. In the child the other threads are gone; what their
// sheaves held is lost, since one may have been between two steps.
import CShim
import Platform
import Slabs

enum KernelFork {
  /// - Parameter phase: QUARRY_FORK_*.
  static func handle(_ phase: Int32) {
    switch phase {
    case QUARRY_FORK_PREPARE:
      KernelMemory.holdForFork()
      _ = Caches.lock.acquire()
      Caches.forEach { _ = CacheHome($0).lock.acquire() }
      _ = Metadata.lock.acquire()
      Gate.fork(phase)
    case QUARRY_FORK_PARENT:
      Gate.fork(phase)
      KernelMemory.letGoAfterFork()
      Metadata.lock.release()
      Caches.forEach { CacheHome($0).lock.release() }
      Caches.lock.release()
    default:
      Gate.fork(phase)
      KernelMemory.letGoAfterFork()
      Metadata.lock.reset()
      Caches.forEach { CacheHome($0).lock.reset() }
      Caches.lock.reset()
      forgetOtherThreads()
    }
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
