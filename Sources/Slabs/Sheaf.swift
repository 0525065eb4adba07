// Sheaf: frees of other threads' objects, bundled. A thread gathers objects by destination heap and class, linked like a
// list, and posts a full bundle to the destination's inbox by one compare-and-swap. The destination takes everything that
// was posted for a class by one exchange, and uses it as its list without touching an object.
//
// (The kernel's sheaf is an array of pointers; snmalloc sends linked objects, Lietar et al., "snmalloc: a message passing
// allocator", 2019.)
import CShim
import Pages
import Platform
import Synchronization
import Units

/// What other threads posted to a heap for one class: count and first object in one atomic word.
struct Inbox {
  let word: UnsafeMutablePointer<UInt64>

  @inline(__always) init(_ heap: Heap, _ sizeClass: SizeClass) {
    word = quarry_heap_inbox(heap.record, sizeClass.rawValue)
  }

  private static var offsetMask: UInt64 { 1 &<< UInt64(QUARRY_OFFSET_BITS) &- 1 }

  /// The first object that waits, 0 when there is none.
  var head: UInt64 { atomic(word).pointee.load(ordering: .acquiring) & Self.offsetMask }

  /// Objects that wait.
  var count: Int { Int(atomic(word).pointee.load(ordering: .relaxed) &>> UInt64(QUARRY_OFFSET_BITS)) }

  /// Takes everything: the head of a chain, and its length.
  @inline(__always) func takeAll() -> (head: UInt64, count: UInt64) {
    // Sequentially consistent, because a heap that retires sets its state before it looks here.
    if atomic(word).pointee.load(ordering: .sequentiallyConsistent) == 0 { return (0, 0) }
    // Pairs with the releasing compare-and-exchange in post.
    let all = atomic(word).pointee.exchange(0, ordering: .sequentiallyConsistent)
    return (all & Self.offsetMask, all &>> UInt64(QUARRY_OFFSET_BITS))
  }

  /// Adds a chain whose last object is `tail`.
  /// - Returns: the number of objects that wait now.
  func post(_ head: UInt64, tail: UInt64, count: UInt64) -> UInt64 {
    let zone = Zone.shared
    var old = atomic(word).pointee.load(ordering: .relaxed)
    while true {
      let total = old &>> UInt64(QUARRY_OFFSET_BITS) &+ count
      zone.word(tail).pointee = Link.encode(next: old & Self.offsetMask, at: tail, zone)
      // Pairs with the exchange in takeAll. Sequentially consistent, because the state of the heap is read next.
      let attempt = atomic(word).pointee.compareExchange(
        expected: old, desired: total &<< UInt64(QUARRY_OFFSET_BITS) | head, ordering: .sequentiallyConsistent)
      if attempt.exchanged { return total }
      old = attempt.original
    }
  }
}

extension Heap {
  /// Frees an object of another heap.
  /// - Precondition: `object` is the start of an object of the slab that `entry` tells of.
  public func sendAway(_ object: UInt64, _ entry: Entry) {
    let zone = Zone.shared
    if !isReal {
      post(object, tail: object, count: 1, to: entry.owner, entry.sizeClass)
      return
    }
    let key = entry.owner &<< 8 | UInt32(entry.sizeClass.rawValue)
    let slot = Int((key &* 0x9e37_79b1) &>> 27)
    let sheaf = quarry_heap_sheaf(record, slot)
    if sheaf.pointee.key != key {
      post(sheaf)
      sheaf.pointee = quarry_sheaf(key: key, count: 0, head: 0, tail: object)
    }
    zone.word(object).pointee = Link.encode(next: sheaf.pointee.head, at: object, zone)
    sheaf.pointee.head = object
    sheaf.pointee.count &+= 1
    if Int(sheaf.pointee.count) >= entry.sizeClass.sheafLimit { post(sheaf) }
  }

  /// Sees to it that an inbox does not gather without bound: a thread that is at work looks at it soon, for one that waits
  /// the sender does.
  @inline(never) private func crowd(_ sizeClass: SizeClass, waiting: Int, added: Int) {
    let share = Tunables.claimBytes / sizeClass.objectSize
    if waiting / share != (waiting &- added) / share, drain(sizeClass) { return }
    atomic(quarry_heap_crowded(record)).pointee.store(UInt32(sizeClass.rawValue &+ 1), ordering: .relaxed)
  }

  func postSheaves() {
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) { post(quarry_heap_sheaf(record, slot)) }
  }

  private func post(_ sheaf: UnsafeMutablePointer<quarry_sheaf>) {
    let key = sheaf.pointee.key
    if key == 0 { return }
    sheaf.pointee.key = 0
    post(
      sheaf.pointee.head, tail: sheaf.pointee.tail, count: UInt64(sheaf.pointee.count), to: key &>> 8,
      SizeClass(Int(key & 0xff)))
  }

  /// Posts a chain to a heap's inbox.
  /// - Precondition: the calling thread is not busy in its own heap.
  func post(_ head: UInt64, tail: UInt64, count: UInt64, to owner: UInt32, _ sizeClass: SizeClass) {
    let heap = HeapRegistry.heap(owner)
    let waiting = Inbox(heap, sizeClass).post(head, tail: tail, count: count)
    if heap.isIdle {
      heap.drain(sizeClass)
    } else if Int(waiting) &* sizeClass.objectSize > Tunables.inboxBytes {
      heap.crowd(sizeClass, waiting: Int(waiting), added: Int(count))
    }
  }
}
