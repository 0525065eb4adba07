// CacheSlot: what a thread has of one named cache: two sheaves, of which the main one serves requests and the spare one
// changes places with it. They belong to the thread and have no lock. Signal handlers keep off: requests that cannot wait
// never come here, nor does any free where handlers are served. (Percpu sheaves of the kernel's SLUB, Babka, 2025.)
import CShim
import Platform
import Slabs

struct CacheSlot {
  let record: UnsafeMutablePointer<quarry_cache_slot>

  /// The calling thread's slot, which may not be in use; nil where its table does not reach.
  @inline(__always) init?(_ number: UInt32) {
    let heap = quarry_heap_of_thread()
    if UInt64(number) >= heap.pointee.front.slot_count { return nil }
    record = heap.pointee.front.slots.unsafelyUnwrapped + Int(number)
  }

  init(_ record: UnsafeMutablePointer<quarry_cache_slot>) { self.record = record }

  /// The calling thread's slot; nil where it has none.
  static func inUse(_ number: UInt32) -> CacheSlot? {
    guard let slot = CacheSlot(number), slot.isInUse else { return nil }
    return slot
  }

  var isInUse: Bool { record.pointee.spare != nil }

  @inline(__always) var main: CacheSheaf { CacheSheaf(record.pointee.main) }
  var spare: CacheSheaf { CacheSheaf(record.pointee.spare.unsafelyUnwrapped) }

  func exchangeSheaves() {
    let main = main
    record.pointee.main = spare.record
    record.pointee.spare = main.record
  }

  // MARK: The fast paths

  /// Takes an object from the main sheaf, or goes the slow way when it is empty.
  @inline(__always) func pop(otherwise slow: () -> UInt) -> UInt {
    let main = main
    let count = main.record.pointee.count
    if _slowPath(count == 0) { return slow() }
    main.record.pointee.count = count &- 1
    return main.objects[Int(count) &- 1]
  }

  /// Puts an object into the main sheaf, or goes the slow way when it is full, or the object is the one that was put last:
  /// it is freed twice then. (The kernel's CONFIG_SLAB_FREELIST_HARDENED looks no further either.)
  @inline(__always) func push(_ object: UInt, otherwise slow: () -> Void) {
    let main = main
    let count = main.record.pointee.count
    if _slowPath(count == main.record.pointee.capacity || main.last == object) { return slow() }
    main.objects[Int(count)] = object
    main.record.pointee.count = count &+ 1
  }
}
