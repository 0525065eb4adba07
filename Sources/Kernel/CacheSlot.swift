// CacheSlot: what a thread has of one named cache: two sheaves, of which the main one serves requests and the spare one
// changes places with it. They belong to the thread and have no lock; a mark keeps out signal handlers that interrupted
// the thread in the middle of a step. (Percpu sheaves of the kernel's SLUB, Babka, 2025.)
import CShim
import Platform
import Slabs

struct CacheSlot {
  let record: UnsafeMutablePointer<quarry_cache_slot>

  /// The calling thread's slot; nil where it has none.
  @inline(__always) init?(_ number: UInt32) {
    let front = quarry_heap_of_thread()
    if UInt64(number) >= front.pointee.front.slot_count { return nil }
    guard let record = front.pointee.front.slots.unsafelyUnwrapped[Int(number)] else { return nil }
    self.record = record
  }

  init(_ record: UnsafeMutablePointer<quarry_cache_slot>) { self.record = record }

  var main: Sheaf { Sheaf(record.pointee.main) }
  var spare: Sheaf { Sheaf(record.pointee.spare) }

  /// Sets the mark.
  /// - Returns: false when it is set, because this is a handler that came in between.
  @inline(__always) func enter() -> Bool {
    if record.pointee.busy != 0 { return false }
    record.pointee.busy = 1
    quarry_signal_fence()
    return true
  }

  @inline(__always) func leave() {
    quarry_signal_fence()
    record.pointee.busy = 0
  }

  func exchangeSheaves() {
    let main = record.pointee.main
    record.pointee.main = record.pointee.spare
    record.pointee.spare = main
  }

  // MARK: The fast paths

  /// Takes an object from the main sheaf.
  /// - Returns: 0 when it is empty, or this is a handler.
  @inline(__always) func pop() -> UInt {
    if !enter() { return 0 }
    let object = main.pop()
    leave()
    return object
  }

  /// Puts an object into the main sheaf.
  /// - Returns: false when it is full, or this is a handler.
  @inline(__always) func push(_ object: UInt) -> Bool {
    if !enter() { return false }
    let done = main.push(object)
    leave()
    return done
  }
}

/// An array of objects.
struct Sheaf {
  let record: UnsafeMutablePointer<slab_sheaf>

  @inline(__always) init(_ record: UnsafeMutablePointer<slab_sheaf>) { self.record = record }

  @inline(__always) var count: Int { Int(record.pointee.count) }
  @inline(__always) var capacity: Int { Int(record.pointee.capacity) }
  @inline(__always) var objects: UnsafeMutablePointer<UInt> { quarry_sheaf_objects(record) }
  @inline(__always) var isFull: Bool { count == capacity }

  @inline(__always) func pop() -> UInt {
    let count = record.pointee.count
    if count == 0 { return 0 }
    record.pointee.count = count &- 1
    return objects[Int(count) &- 1]
  }

  @inline(__always) func push(_ object: UInt) -> Bool {
    let count = record.pointee.count
    if count == record.pointee.capacity { return false }
    objects[Int(count)] = object
    record.pointee.count = count &+ 1
    return true
  }

  // MARK: Life

  private static func bytes(_ capacity: Int) -> Int { MemoryLayout<slab_sheaf>.size &+ capacity &* 8 }

  static func make(_ cache: UnsafeMutablePointer<kmem_cache>, capacity: Int) -> Sheaf? {
    guard let memory = Metadata.allocate(bytes(capacity)) else { return nil }
    let sheaf = Sheaf(memory.assumingMemoryBound(to: slab_sheaf.self))
    sheaf.record.pointee.capacity = UInt32(capacity)
    sheaf.record.pointee.cache = cache
    return sheaf
  }

  func release() { Metadata.free(record, Self.bytes(capacity)) }
}
