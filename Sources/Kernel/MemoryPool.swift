// MemoryPool: a reserve of elements over any two functions that allocate and free. The reserve is an array of atomic
// words without a lock, so that signal handlers may come in anywhere.
//
// The promise of a pool: as long as every element that was handed out comes back some day, a request that may wait gets
// one. An element that comes back goes to the reserve first, and wakes who waits.
//
// Invariant: `count` covers the elements in the reserve and those that are being put there; an element that is being taken
// counts until it is out. It exceeds `minimum` only after that was lowered.
import CShim
import Platform
import Synchronization

public struct MemoryPool {
  public typealias Allocate = @convention(c) (UInt32, UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
  public typealias Release = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void

  private let record: UnsafeMutablePointer<mempool>

  public init(_ record: UnsafeMutablePointer<mempool>) { self.record = record }

  private var count: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_mempool_count(record)) }
  private var minimum: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_mempool_minimum(record)) }
  private var returns: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_mempool_returns(record)) }
  private var waiters: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_mempool_waiters(record)) }

  // MARK: Life

  /// - Returns: nil when there is no memory for the reserve, or an argument is wrong, which is said.
  public static func create(
    _ minimum: Int32, _ allocate: Allocate?, _ release: Release?, _ data: UnsafeMutableRawPointer?
  ) -> UnsafeMutablePointer<mempool>? {
    guard let allocate, let release else { return refuse(minimum, "a pool needs functions that allocate and free") }
    if minimum < 0 { return refuse(minimum, "a reserve has 1 element or more") }
    guard let memory = Metadata.allocate(MemoryLayout<mempool>.size) else { return nil }
    let record = memory.assumingMemoryBound(to: mempool.self)
    record.pointee.allocate = allocate
    record.pointee.release = release
    record.pointee.data = data
    let pool = MemoryPool(record)
    if pool.resize(to: max(1, minimum)) != 0 {
      pool.destroy()
      return nil
    }
    Handle.seal(record)
    return record
  }

  private static func refuse(_ minimum: Int32, _ reason: StaticString) -> UnsafeMutablePointer<mempool>? {
    var message = Message()
    message.append("mempool_create(")
    if minimum < 0 { message.append("-") }
    message.append(decimal: UInt64(minimum.magnitude))
    message.append("): ")
    message.append(reason)
    message.write()
    return nil
  }

  /// Frees the elements of the reserve, and the pool. Elements that are still out are for their owners to free.
  /// - Precondition: nothing else is under way on the pool.
  public func destroy() {
    Handle.unseal(record)
    while let element = takeKept() { record.pointee.release(element, record.pointee.data) }
    var next = firstShelf
    while let shelf = next {
      next = shelf.pointee.next
      Metadata.free(shelf, Self.bytes(Int(shelf.pointee.places)))
    }
    Metadata.free(record, MemoryLayout<mempool>.size)
  }

  /// - Returns: 0, or -ENOMEM, and the reserve is as it was.
  public func resize(to wanted: Int32) -> Int32 {
    if wanted < 1 { return -EINVAL }
    let old = minimum.pointee.load(ordering: .relaxed)
    if !makePlaces(Int(wanted)) { return -ENOMEM }
    minimum.pointee.store(UInt32(wanted), ordering: .sequentiallyConsistent)
    while count.pointee.load(ordering: .sequentiallyConsistent) < UInt32(wanted) {
      guard let element = record.pointee.allocate(Gfp.kernel.rawValue, record.pointee.data) else {
        minimum.pointee.store(old, ordering: .sequentiallyConsistent)
        releaseSurplus()
        return -ENOMEM
      }
      free(element)
    }
    releaseSurplus()
    return 0
  }

  private func releaseSurplus() {
    while count.pointee.load(ordering: .relaxed) > minimum.pointee.load(ordering: .relaxed), let element = takeKept() {
      record.pointee.release(element, record.pointee.data)
    }
  }

  // MARK: Requests

  /// An element from the allocating function, or else from the reserve.
  /// - Returns: nil when both have none and the request may not wait, and for a request with __GFP_ZERO, which is said.
  public func allocate(_ gfp: Gfp) -> UnsafeMutableRawPointer? {
    if gfp.isZeroed {
      var message = Message()
      message.append("mempool_alloc: __GFP_ZERO: an element of the reserve is as it was freed; clear it yourself")
      message.write()
      return nil
    }
    // The allocator shall give up soon: there is the reserve.
    let flags =
      gfp.rawValue & ~(___GFP_NOFAIL | ___GFP_RETRY_MAYFAIL) | ___GFP_NORETRY | ___GFP_NOWARN | ___GFP_NOMEMALLOC
    while true {
      let seen = returns.pointee.load(ordering: .sequentiallyConsistent)
      if let element = record.pointee.allocate(flags, record.pointee.data) { return element }
      if let element = takeKept() { return element }
      if !gfp.mayWait { return nil }
      // Pairs with put: either this sees the element that came back, or the wait ends at once.
      waiters.pointee.add(1, ordering: .sequentiallyConsistent)
      quarry_sys_futex_wait(quarry_mempool_returns(record), seen)
      waiters.pointee.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Gives an element back: to the reserve if that is not full, or else to the freeing function. In signal handlers where
  /// that function may run there.
  public func free(_ element: UnsafeMutableRawPointer) {
    var old = count.pointee.load(ordering: .sequentiallyConsistent)
    while old < minimum.pointee.load(ordering: .sequentiallyConsistent) {
      let attempt = count.pointee.compareExchange(
        expected: old, desired: old &+ 1, ordering: .sequentiallyConsistent)
      if attempt.exchanged { return put(element) }
      old = attempt.original
    }
    record.pointee.release(element, record.pointee.data)
  }

  /// Takes an element of the reserve; nil when it is empty.
  public func takeKept() -> UnsafeMutableRawPointer? {
    var next = firstShelf
    while let shelf = next {
      for place in 0..<Int(shelf.pointee.places) {
        let word = atomic(quarry_shelf_elements(shelf) + place)
        if word.pointee.load(ordering: .relaxed) == 0 { continue }
        // Pairs with the releasing exchange in put.
        let element = word.pointee.exchange(0, ordering: .acquiring)
        if element != 0 {
          count.pointee.subtract(1, ordering: .sequentiallyConsistent)
          return UnsafeMutableRawPointer(bitPattern: element)
        }
      }
      next = shelf.pointee.next
    }
    return nil
  }

  /// Puts an element, which was counted, into the reserve and wakes who waits for one. One place at least is free for
  /// it at any moment, though not always the same one.
  private func put(_ element: UnsafeMutableRawPointer) {
    while !place(UInt(bitPattern: element)) {}
    returns.pointee.add(1, ordering: .sequentiallyConsistent)
    if waiters.pointee.load(ordering: .sequentiallyConsistent) > 0 {
      quarry_sys_futex_wake(quarry_mempool_returns(record), UInt32(Int32.max))
    }
  }

  private func place(_ element: UInt) -> Bool {
    var next = firstShelf
    while let shelf = next {
      for place in 0..<Int(shelf.pointee.places) {
        let word = atomic(quarry_shelf_elements(shelf) + place)
        // Pairs with the acquiring exchange in takeKept.
        if word.pointee.compareExchange(expected: 0, desired: element, ordering: .releasing).exchanged { return true }
      }
      next = shelf.pointee.next
    }
    return false
  }

  // MARK: Shelves

  private var firstShelf: UnsafeMutablePointer<quarry_shelf>? {
    // Pairs with the releasing store in makePlaces.
    UnsafeMutablePointer(bitPattern: atomic(quarry_mempool_shelves(record)).pointee.load(ordering: .acquiring))
  }

  private static func bytes(_ places: Int) -> Int { MemoryLayout<quarry_shelf>.size &+ places &* 8 }

  /// Sees that there are places for so many elements.
  private func makePlaces(_ wanted: Int) -> Bool {
    var places = 0
    var next = firstShelf
    while let shelf = next {
      places &+= Int(shelf.pointee.places)
      next = shelf.pointee.next
    }
    if places >= wanted { return true }
    guard let memory = Metadata.allocate(Self.bytes(wanted &- places)) else { return false }
    let shelf = memory.assumingMemoryBound(to: quarry_shelf.self)
    shelf.pointee.places = UInt64(wanted &- places)
    shelf.pointee.next = firstShelf
    atomic(quarry_mempool_shelves(record)).pointee.store(UInt(bitPattern: shelf), ordering: .releasing)
    return true
  }
}
