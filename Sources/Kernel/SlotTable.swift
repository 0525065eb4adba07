// SlotTable: a thread's slots by the numbers of the caches. It comes into being with the first request, and goes with the
// thread. Lock: the kernel interface's, for its growth; the fast paths read it without.
import CShim
import Platform
import Requests
import Slabs
import Units

enum SlotTable {
  /// The calling thread's slot of a cache, made if need be.
  /// - Returns: nil when the thread has no heap of its own, or there is no memory.
  static func slot(_ cache: UnsafeMutablePointer<kmem_cache>) -> CacheSlot? {
    let number = cache.pointee.number
    if let slot = CacheSlot(number) { return slot }
    guard let heap = Heap.current.isReal ? Heap.current : ThreadHeap.obtain() else { return nil }
    let acquired = Caches.lock.acquire()
    defer { Caches.lock.release(acquired) }
    guard makeRoom(heap.record, for: number), let slot = make(cache) else { return nil }
    heap.record.pointee.front.slots.unsafelyUnwrapped[Int(number)] = slot.record
    return slot
  }

  private static func make(_ cache: UnsafeMutablePointer<kmem_cache>) -> CacheSlot? {
    let capacity = Int(cache.pointee.sheaf_capacity)
    guard let memory = Metadata.allocate(MemoryLayout<quarry_cache_slot>.size) else { return nil }
    guard let main = Sheaf.make(cache, capacity: capacity) else {
      Metadata.free(memory, MemoryLayout<quarry_cache_slot>.size)
      return nil
    }
    guard let spare = Sheaf.make(cache, capacity: capacity) else {
      main.release()
      Metadata.free(memory, MemoryLayout<quarry_cache_slot>.size)
      return nil
    }
    let record = memory.assumingMemoryBound(to: quarry_cache_slot.self)
    record.pointee.main = main.record
    record.pointee.spare = spare.record
    cache.pointee.slots &+= 1
    // From the second thread on each brings an empty sheaf along, for full ones to be exchanged for.
    if cache.pointee.slots > 1, let empty = Sheaf.make(cache, capacity: capacity) {
      let home = CacheHome(cache)
      let acquired = home.lock.acquire()
      Barn(cache).addEmpty(empty)
      home.lock.release(acquired)
    }
    return CacheSlot(record)
  }

  private static func makeRoom(_ heap: UnsafeMutablePointer<quarry_heap>, for number: UInt32) -> Bool {
    let old = Int(heap.pointee.front.slot_count)
    if Int(number) < old { return true }
    var count = max(8, old)
    while count <= Int(number) { count &*= 2 }
    let stride = MemoryLayout<UnsafeMutableRawPointer?>.stride
    guard let memory = Metadata.allocate(count &* stride) else { return false }
    let slots = memory.assumingMemoryBound(to: UnsafeMutablePointer<quarry_cache_slot>?.self)
    let before = heap.pointee.front.slots
    for index in 0..<old { slots[index] = before.unsafelyUnwrapped[index] }
    // A handler may look between any two of these steps.
    heap.pointee.front.slots = slots
    quarry_signal_fence()
    heap.pointee.front.slot_count = UInt64(count)
    quarry_signal_fence()
    if let before { Metadata.free(before, old &* stride) }
    return true
  }

  /// Takes the slots of a heap away and their objects home: its thread ends.
  static func release(_ heap: UnsafeMutablePointer<quarry_heap>) {
    let count = Int(heap.pointee.front.slot_count)
    guard let slots = heap.pointee.front.slots else { return }
    let acquired = Caches.lock.acquire()
    heap.pointee.front.slot_count = 0
    heap.pointee.front.slots = nil
    for number in 0..<count {
      if let record = slots[number], let cache = Caches.cache(UInt32(number)) { release(CacheSlot(record), cache) }
    }
    Caches.lock.release(acquired)
    Metadata.free(slots, count &* MemoryLayout<UnsafeMutableRawPointer?>.stride)
  }

  /// Takes a cache's slot of a heap away: the cache goes.
  static func release(_ heap: UnsafeMutablePointer<quarry_heap>, _ cache: UnsafeMutablePointer<kmem_cache>) {
    let number = cache.pointee.number
    if UInt64(number) >= heap.pointee.front.slot_count { return }
    let slots = heap.pointee.front.slots.unsafelyUnwrapped
    guard let record = slots[Int(number)] else { return }
    slots[Int(number)] = nil
    release(CacheSlot(record), cache)
  }

  private static func release(_ slot: CacheSlot, _ cache: UnsafeMutablePointer<kmem_cache>) {
    empty(slot, cache)
    slot.main.release()
    slot.spare.release()
    Metadata.free(slot.record, MemoryLayout<quarry_cache_slot>.size)
    cache.pointee.slots &-= 1
  }

  /// Takes the objects of a slot home.
  static func empty(_ slot: CacheSlot, _ cache: UnsafeMutablePointer<kmem_cache>) {
    let home = CacheHome(cache)
    let acquired = home.lock.acquire()
    Barn(cache).emptyHome(slot.main)
    Barn(cache).emptyHome(slot.spare)
    home.lock.release(acquired)
  }
}
