// HeapRegistry: the heaps by number. A thread takes an idle heap, slabs and all, or a new one; when it ends, the heap is
// emptied of what its lists held and waits for the next thread. Heap records are never unmapped, so that what is posted to
// a heap always arrives. Lock: registry, the outermost.
import CShim
import Pages
import Platform
import Synchronization
import Units

public struct HeapRegistry {
  public let record: UnsafeMutablePointer<quarry_registry>

  @inline(__always) init(_ record: UnsafeMutablePointer<quarry_registry>) { self.record = record }

  @inline(__always) public static var shared: HeapRegistry { HeapRegistry(quarry_registry_record()) }

  private var lock: Lock { Lock(quarry_registry_lock(record)) }

  @inline(__always) public static func heap(_ number: UInt32) -> Heap {
    let address = Zone.shared.record.pointee.heaps &+ UInt(number) &* UInt(QUARRY_HEAP_STRIDE)
    return Heap(UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped)
  }

  /// Numbers that were given out so far: 1 to this.
  public var count: UInt32 { record.pointee.heap_count }

  /// Heaps whose threads run. Read without the lock, for heuristics.
  var activeCount: Int { Int(record.pointee.active_count) }

  /// Gives the calling thread a heap.
  /// - Returns: nil when there is no memory, or no number, for one.
  public func acquire() -> Heap? {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let heap: Heap
    if record.pointee.idle_head != 0 {
      heap = Self.heap(record.pointee.idle_head)
      record.pointee.idle_head = heap.record.pointee.front.next_idle
      record.pointee.idle_count &-= 1
      setState(heap, QUARRY_HEAP_ACTIVE)
    } else {
      guard let created = create(state: UInt32(QUARRY_HEAP_ACTIVE)) else { return nil }
      heap = created
    }
    heap.record.pointee.front.exit_rounds = 0
    record.pointee.active_count &+= 1
    return heap
  }

  /// Takes back the heap of a thread that ends.
  public func retire(_ heap: Heap) {
    heap.empty()
    // From here on senders drain it; what was posted before is drained below.
    setState(heap, QUARRY_HEAP_IDLE)
    heap.drain(wait: true, releasingSpares: true)
    let acquired = lock.acquire()
    addIdle(heap)
    lock.release(acquired)
  }

  /// Moves a slab of an idle heap into a cache that has none. With the cache's heap locked: other locks are only tried.
  func adoptSlab(into cache: Cache) {
    if record.pointee.idle_count == 0 || !lock.tryAcquire() { return }
    var number = record.pointee.idle_head
    var adopted = false
    for _ in 0..<8 where number != 0 && !adopted {
      let idle = Self.heap(number)
      if quarry_heap_cache(idle.record, cache.sizeClass.rawValue).pointee.first != 0, idle.lock.tryAcquire() {
        adopted = Cache(idle.record, cache.sizeClass).moveSlab(to: cache)
        idle.lock.release()
      }
      number = idle.record.pointee.front.next_idle
    }
    lock.release()
  }

  /// Takes home what was posted to every heap, and gives spare slabs back, as far as locks are free.
  public func drainAll() {
    for number in 1..<(count &+ 1) { Self.heap(number).drain(wait: false, releasingSpares: true) }
  }

  /// Allocates one object from the heap that threads share, under its lock, which have none of their own: after their
  /// destructors ran, or when there are more threads than heap numbers. It counts as idle, so that frees to it are taken
  /// home at once.
  public func allocateShared(_ sizeClass: SizeClass) -> UInt {
    let acquired = lock.acquire()
    if record.pointee.shared_number == 0, let created = create(state: UInt32(QUARRY_HEAP_IDLE)) {
      record.pointee.shared_number = created.number
    }
    let number = record.pointee.shared_number
    lock.release(acquired)
    if number == 0 { return 0 }
    let heap = Self.heap(number)
    let held = heap.lock.acquire()
    defer { heap.lock.release(held) }
    guard let object = Cache(heap.record, sizeClass).takeOne() else { return 0 }
    let word = Zone.shared.word(object)
    word.pointee = 0
    return UInt(bitPattern: word)
  }

  // MARK: Fork

  public func lockForFork() {
    _ = lock.acquire()
    for number in 1..<(count &+ 1) { _ = Self.heap(number).lock.acquire() }
  }

  public func unlockAfterFork() {
    for number in 1..<(count &+ 1) { Self.heap(number).lock.release() }
    lock.release()
  }

  /// In the child: the other threads are gone. Their slabs, which only change under the locks that the fork held, go to
  /// the next threads; what was in their lists is lost.
  public func resetAfterFork(keeping current: Heap) {
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      heap.lock.reset()
      if heap.record.pointee.front.state == QUARRY_HEAP_ACTIVE && heap.record != current.record {
        heap.abandonLists()
        setState(heap, QUARRY_HEAP_IDLE)
        addIdle(heap)
      }
    }
    lock.reset()
  }

  // MARK: With the lock held

  private func create(state: UInt32) -> Heap? {
    let number = record.pointee.heap_count &+ 1
    if UInt64(number) > Zone.shared.record.pointee.heap_limit { return nil }
    let end = UInt(number &+ 1) &* UInt(QUARRY_HEAP_STRIDE)
    guard let opened = Zone.shared.openHeaps(from: UInt(record.pointee.heap_bytes_open), to: end) else { return nil }
    record.pointee.heap_bytes_open = UInt64(opened)
    let heap = Self.heap(number)
    heap.record.pointee.front.number = number
    heap.record.pointee.front.state = state
    record.pointee.heap_count = number
    return heap
  }

  private func addIdle(_ heap: Heap) {
    heap.record.pointee.front.next_idle = record.pointee.idle_head
    record.pointee.idle_head = heap.number
    record.pointee.idle_count &+= 1
    record.pointee.active_count &-= 1
  }

  private func setState(_ heap: Heap, _ state: Int32) {
    atomic(quarry_heap_state(heap.record)).pointee.store(UInt32(state), ordering: .sequentiallyConsistent)
  }
}
