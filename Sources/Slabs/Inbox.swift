// Inbox: where other threads post the objects of a heap, for each class one atomic word with the first object of a chain and
// the length of the chain. Posting is one compare-and-swap, taking everything one exchange: neither waits for anybody.
import CShim
import Pages
import Platform
import Synchronization
import Units

/// What other threads posted to a heap for one class: count and first object in one atomic word.
struct Inbox {
  let word: UnsafeMutablePointer<UInt64>
  private let heap: Heap
  private let sizeClass: SizeClass

  @inline(__always) init(_ heap: Heap, _ sizeClass: SizeClass) {
    word = quarry_heap_inbox(heap.record, sizeClass.rawValue)
    self.heap = heap
    self.sizeClass = sizeClass
  }

  /// Bytes that wait for the heap, all classes together.
  @inline(__always) private var posted: UnsafeMutablePointer<Atomic<UInt64>> { atomic(quarry_heap_posted(heap.record)) }

  @inline(__always) private func bytes(_ count: UInt64) -> UInt64 { count &* UInt64(sizeClass.objectSize) }

  /// Whether anything waits for a heap, or is about to.
  static func hasAny(of heap: Heap) -> Bool {
    atomic(quarry_heap_posted(heap.record)).pointee.load(ordering: .relaxed) != 0
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
    posted.pointee.wrappingSubtract(bytes(all &>> UInt64(QUARRY_OFFSET_BITS)), ordering: .relaxed)
    return (all & Self.offsetMask, all &>> UInt64(QUARRY_OFFSET_BITS))
  }

  /// Counts anew what waits in all inboxes of a heap: in the child of a fork, since a thread of the parent may have
  /// been between counting and posting, or between taking and counting.
  static func recount(_ heap: Heap) {
    var bytes: UInt64 = 0
    for number in SizeClass.all {
      let inbox = Inbox(heap, SizeClass(number))
      bytes &+= inbox.bytes(UInt64(inbox.count))
    }
    atomic(quarry_heap_posted(heap.record)).pointee.store(bytes, ordering: .relaxed)
  }

  /// Adds a chain whose last object is `tail`.
  /// - Returns: the number of objects that wait now.
  func post(_ head: UInt64, tail: UInt64, count: UInt64) -> UInt64 {
    let zone = Zone.shared
    // Before the objects are there, so that nobody subtracts them earlier.
    posted.pointee.wrappingAdd(bytes(count), ordering: .relaxed)
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
