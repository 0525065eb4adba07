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
    if let slot = CacheSlot.inUse(number) { return slot }
    guard let heap = Heap.current.isReal ? Heap.current : ThreadHeap.obtain() else { return nil }
    let acquired = Caches.lock.acquire()
    defer { Caches.lock.release(acquired) }
    guard makeRoom(heap.record, for: number), let slot = CacheSlot(number), fill(slot, cache) else { return nil }
    return slot
  }

  private static func fill(_ slot: CacheSlot, _ cache: UnsafeMutablePointer<kmem_cache>) -> Bool {
    let capacity = Int(cache.pointee.sheaf_capacity)
    guard let main = CacheSheaf.make(cache, capacity: capacity) else { return false }
    guard let spare = CacheSheaf.make(cache, capacity: capacity) else {
      main.release()
      return false
    }
    slot.record.pointee.main = main.record
    slot.record.pointee.spare = spare.record
    cache.pointee.slots &+= 1
    return true
  }

  private static func makeRoom(_ heap: UnsafeMutablePointer<quarry_heap>, for number: UInt32) -> Bool {
    let old = Int(heap.pointee.front.slot_count)
    if Int(number) < old { return true }
    var count = max(8, old)
    while count <= Int(number) { count &*= 2 }
    guard let memory = Metadata.allocate(bytes(count)) else { return false }
    let slots = memory.assumingMemoryBound(to: quarry_cache_slot.self)
    let before = heap.pointee.front.slots
    for index in 0..<count {
      if index < old { slots[index] = before.unsafelyUnwrapped[index] } else { seal(slots + index) }
    }
    heap.pointee.front.slots = slots
    heap.pointee.front.slot_count = UInt64(count)
    if let before { Metadata.free(before, bytes(old)) }
    return true
  }

  private static func bytes(_ count: Int) -> Int { count &* MemoryLayout<quarry_cache_slot>.stride }

  private static func seal(_ slot: UnsafeMutablePointer<quarry_cache_slot>) {
    slot.pointee = quarry_cache_slot(main: quarry_sheaf_sealed(), spare: nil)
  }

  /// Takes the slots of a heap away and their objects home: its thread ends.
  static func release(_ heap: UnsafeMutablePointer<quarry_heap>) {
    guard let slots = heap.pointee.front.slots else { return }
    let count = Int(heap.pointee.front.slot_count)
    let acquired = Caches.lock.acquire()
    heap.pointee.front.slot_count = 0
    heap.pointee.front.slots = nil
    for number in 0..<count {
      if let cache = Caches.cache(UInt32(number)) { release(CacheSlot(slots + number), cache) }
    }
    Caches.lock.release(acquired)
    Metadata.free(slots, bytes(count))
  }

  /// Takes a cache's slot of a heap away: the cache goes.
  static func release(_ heap: UnsafeMutablePointer<quarry_heap>, _ cache: UnsafeMutablePointer<kmem_cache>) {
    let number = cache.pointee.number
    if UInt64(number) >= heap.pointee.front.slot_count { return }
    release(CacheSlot(heap.pointee.front.slots.unsafelyUnwrapped + Int(number)), cache)
  }

  private static func release(_ slot: CacheSlot, _ cache: UnsafeMutablePointer<kmem_cache>) {
    if !slot.isInUse { return }
    empty(slot, cache)
    slot.main.release()
    slot.spare.release()
    seal(slot.record)
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
