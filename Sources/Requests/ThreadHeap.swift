// ThreadHeap: a thread gets its heap with its first request and gives it back when it ends.
import CShim
import Pages
import Platform
import Sampling
import Slabs

public enum ThreadHeap {
  /// Gives the calling thread a heap.
  /// - Returns: nil when it had one and gave it back, or none can be had: the shared heap serves it then.
  @inline(never) public static func obtain() -> Heap? {
    if !Boot.isUp, !Boot.ensure() { return nil }
    if Heap.current.record == quarry_heap_ended() { return nil }
    guard let heap = HeapRegistry.shared.acquire() else { return nil }
    Sampler.begin(heap)
    // Set first: watching the thread's end may allocate.
    quarry_set_heap_of_thread(heap.record)
    quarry_sys_watch_thread_end(heap.record)
    return heap
  }

  /// Called among the thread's destructors. The first time it asks for another round, so that the program's own
  /// destructors, which may allocate, come before it.
  public static func threadEnds(_ heap: Heap) {
    heap.record.pointee.front.exit_rounds &+= 1
    if heap.record.pointee.front.exit_rounds < 2 {
      quarry_sys_watch_thread_end(heap.record)
      return
    }
    quarry_set_heap_of_thread(quarry_heap_ended())
    KernelHooks.installed?.threadEnds(heap)
    HeapRegistry.shared.retire(heap)
  }
}
