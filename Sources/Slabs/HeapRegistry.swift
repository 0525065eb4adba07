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
    if !setSharedAside() { return nil }
    let heap: Heap
    if record.pointee.idle_head != 0 {
      heap = Self.heap(record.pointee.idle_head)
      record.pointee.idle_head = heap.record.pointee.front.next_idle
      record.pointee.idle_count &-= 1
      // Whoever drains it ends before its new thread begins.
      let held = heap.lock.acquire()
      setState(heap, QUARRY_HEAP_ACTIVE)
      heap.lock.release(held)
    } else {
      guard let created = create() else { return nil }
      heap = created
    }
    heap.record.pointee.front.exit_rounds = 0
    record.pointee.active_count &+= 1
    if record.pointee.active_count > 1 { record.pointee.is_threaded = 1 }
    return heap
  }

  /// Takes back the heap of a thread that ends.
  public func retire(_ heap: Heap) {
    // A few small idle heaps stay warm, lists and all, for the next threads: many live but a moment. What the lists of a large
    // one hold is scattered: each object would keep a slab whose others are all at home.
    let staysWarm = record.pointee.idle_count < Tunables.warmHeaps && heap.pageCount <= Tunables.warmPages
    if staysWarm { heap.postSheaves() } else { heap.empty() }
    let acquired = lock.acquire()
    setState(heap, QUARRY_HEAP_IDLE)
    addIdle(heap)
    lock.release(acquired)
    // From here on senders drain it; this takes what was posted before.
    heap.drain(releasingPages: !staysWarm)
  }

  /// Moves a slab of an idle heap into a cache that has none. The cache's heap is possessed: locks are only tried.
  /// - Returns: whether there was one.
  func adoptSlab(into cache: Cache) -> Bool {
    if record.pointee.idle_count == 0 || !lock.tryAcquire() { return false }
    var number = record.pointee.idle_head
    var adopted = false
    for _ in 0..<8 where number != 0 && !adopted {
      let idle = Self.heap(number)
      if Cache(idle, cache.sizeClass).mayGive, idle.lock.tryAcquire() {
        adopted = Cache(idle, cache.sizeClass).moveSlab(to: cache)
        idle.lock.release()
      }
      number = idle.record.pointee.front.next_idle
    }
    lock.release()
    return adopted
  }

  /// Empties the idle heaps, takes home what waits in sheaves and inboxes of every heap, and gives kept pages back, as far
  /// as their threads are not at work in them.
  public func drainAll() {
    emptyIdleHeaps()
    for number in 1..<(count &+ 1) { Self.heap(number).postSheavesOfOther() }
    for number in 1..<(count &+ 1) { Self.heap(number).drain(releasingPages: true) }
  }

  /// Takes home what the lists of idle heaps kept for the next threads.
  func emptyIdleHeaps() {
    // They stay on the list: threads that begin meanwhile would make new ones, of which there would be more and more.
    for number in 1..<(count &+ 1) { Self.heap(number).emptyIdle() }
  }

  /// The heap of all threads that have none of their own: after their destructors ran, or when there are more threads
  /// than heap numbers. Its number is set aside before that of the first heap. It counts as idle, so that frees to it
  /// are taken home at once.
  static var sharedNumber: UInt32 { 1 }

  /// Whether nobody is at work on the list of heaps: what a signal handler finds idle, it did not interrupt.
  public var isIdle: Bool {
    if !lock.tryAcquire() { return false }
    lock.release()
    return true
  }

  /// Allocates one object from the shared heap, under its lock.
  public func allocateShared(_ sizeClass: SizeClass) -> UInt {
    let acquired = lock.acquire()
    let exists = setSharedAside()
    let heap = Self.heap(Self.sharedNumber)
    if exists && heap.record.pointee.front.tag == 0 {
      heap.record.pointee.front.tag = Entry.tag(Self.sharedNumber)
      setState(heap, QUARRY_HEAP_IDLE)
    }
    lock.release(acquired)
    if !exists { return 0 }
    let held = heap.lock.acquire()
    defer { heap.lock.release(held) }
    let object = Cache(heap, sizeClass).takeOne()
    if object == 0 { return 0 }
    let word = Zone.shared.word(object)
    word.pointee = 0
    return UInt(bitPattern: word)
  }

  // MARK: Fork

  /// Takes all locks, claims the heaps of the other threads, and waits until these have ended what they were at, so that
  /// the child finds their slabs whole.
  /// - Parameter clock: milliseconds.
  public func lockForFork(from current: Heap, clock: () -> UInt64 = { System.milliseconds }) {
    _ = lock.acquire()
    var others = false
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      _ = heap.lock.acquire()
      if heap.isActive && heap.record != current.record {
        heap.claim()
        others = true
      }
    }
    if !others { return }
    let isSeen = System.barrier()
    let deadline = clock() &+ Tunables.forkMilliseconds
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      if !heap.isActive || heap.record == current.record { continue }
      // One that was interrupted in the middle, by a handler that waits for us, is not waited for longer.
      while isSeen && heap.isBusy && clock() < deadline { quarry_sys_yield() }
      heap.record.pointee.torn = isSeen && !heap.isBusy ? 0 : 1
    }
  }

  public func unlockAfterFork(from current: Heap) {
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      if heap.isActive && heap.record != current.record { heap.giveBack() }
      heap.lock.release()
    }
    lock.release()
  }

  /// In the child: the other threads are gone. Their slabs go to the next threads; what was in their lists is lost. A
  /// heap that was torn stays claimed for ever, and nobody touches its slabs. Nobody was at work on the heaps that were
  /// idle already.
  public func resetAfterFork(keeping current: Heap) {
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      heap.lock.reset()
      if heap.record.pointee.front.tag != 0 { Inbox.recount(heap) }
      if !heap.isActive || heap.record == current.record { continue }
      heap.abandonLists()
      if heap.record.pointee.torn != 0 {
        setState(heap, QUARRY_HEAP_TORN)
        record.pointee.active_count &-= 1
      } else {
        heap.leave()
        heap.giveBack()
        setState(heap, QUARRY_HEAP_IDLE)
        addIdle(heap)
      }
    }
    lock.reset()
  }

  // MARK: With the lock held

  /// Opens the record of the shared heap without touching it.
  private func setSharedAside() -> Bool {
    if record.pointee.heap_count == 0 && !openRecord(Self.sharedNumber) { return false }
    return true
  }

  private func create() -> Heap? {
    let number = record.pointee.heap_count &+ 1
    if UInt64(number) > Zone.shared.record.pointee.heap_limit || !openRecord(number) { return nil }
    let heap = Self.heap(number)
    heap.record.pointee.front.tag = Entry.tag(number)
    heap.record.pointee.state = UInt32(QUARRY_HEAP_ACTIVE)
    return heap
  }

  private func openRecord(_ number: UInt32) -> Bool {
    let end = UInt(number &+ 1) &* UInt(QUARRY_HEAP_STRIDE)
    guard let opened = Zone.shared.openHeaps(from: UInt(record.pointee.heap_bytes_open), to: end) else { return false }
    record.pointee.heap_bytes_open = UInt64(opened)
    record.pointee.heap_count = number
    return true
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
