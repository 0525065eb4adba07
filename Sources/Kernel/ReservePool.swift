// ReservePool: the free objects of one size of the atomic reserve, on lock-free stacks. The head of each is taken by one
// compare-and-swap and carries a tag that changes with every step, so that a head that went and came back is not mistaken
// for itself (Treiber, "Systems programming: coping with parallelism", 1986).
//
// Invariant: an object's link is LIVE, or LIVE_ACCOUNTED, from the swap that took it to the one that marks it as freed.
import CShim
import Platform
import Synchronization
import Units

struct ReservePool {
  let number: Int

  init(_ number: Int) { self.number = number }

  init(holding bytes: Int) {
    let shift = Int.bitWidth &- max(0, bytes &- 1).leadingZeroBitCount
    number = max(0, shift &- Int(QUARRY_RESERVE_SHIFT))
  }

  static func forEach(_ body: (ReservePool) -> Void) {
    for number in 0..<Int(QUARRY_RESERVE_POOLS) { body(ReservePool(number)) }
  }

  private var record: UnsafeMutablePointer<quarry_reserve_pool> {
    quarry_kernel_memory_pool(KernelMemory.record, number)
  }

  /// Bytes of an object, and objects of a slab.
  var size: Int { 1 &<< (number &+ Int(QUARRY_RESERVE_SHIFT)) }
  var slabObjects: Int { (Int(QUARRY_RESERVE_SLAB_PAGES) &<< Page.shift) / size }

  // MARK: Counts

  /// Below 0 for a moment when a take is counted before the free that made it possible.
  var free: Int { Int(Int32(bitPattern: atomic(quarry_reserve_pool_free(record)).pointee.load(ordering: .relaxed))) }
  var capacity: Int { Int(atomic(quarry_reserve_pool_capacity(record)).pointee.load(ordering: .relaxed)) }
  var isLow: Bool { free < capacity / 2 }

  /// 1 when it was low at some time since kswapd last looked.
  var ranLow: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_reserve_pool_ran_low(record)) }

  private func count(_ objects: Int) {
    let change = UInt32(bitPattern: Int32(objects))
    atomic(quarry_reserve_pool_free(record)).pointee.wrappingAdd(change, ordering: .relaxed)
  }

  /// Counts the objects of slabs that come, or go.
  func grow(by objects: Int) {
    let change = UInt32(bitPattern: Int32(objects))
    atomic(quarry_reserve_pool_capacity(record)).pointee.wrappingAdd(change, ordering: .relaxed)
  }

  // MARK: Objects, in any context

  /// Takes a free object.
  /// - Returns: nil when there is none.
  func take(marking mark: UInt32) -> ReserveObject? {
    while true {
      let target = target
      let before = head(target).pointee.load(ordering: .relaxed)
      if let object = pop(target) ?? pop(target ^ 1) {
        object.link.pointee.store(mark, ordering: .relaxed)
        count(-1)
        return object
      }
      // What moves from one stack to the other is seen on neither, but then it has arrived on the target.
      if head(target).pointee.load(ordering: .relaxed) == before { return nil }
    }
  }

  /// Adds free objects that are linked from the first to the last one.
  func add(_ first: ReserveObject, _ last: ReserveObject, count objects: Int) {
    push(first, last, target)
    count(objects)
  }

  private var target: Int { Int(atomic(quarry_reserve_pool_target(record)).pointee.load(ordering: .relaxed)) }

  private func head(_ which: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    atomic(quarry_reserve_pool_head(record, which))
  }

  private func pop(_ which: Int) -> ReserveObject? {
    let head = head(which)
    // Pairs with the releasing swap in push: the link that was written before is seen.
    var old = head.pointee.load(ordering: .acquiring)
    while let object = ReserveObject(UInt32(truncatingIfNeeded: old)) {
      let new = (old &>> 32 &+ 1) &<< 32 | UInt64(object.link.pointee.load(ordering: .relaxed))
      let attempt = head.pointee.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing)
      if attempt.exchanged { return object }
      old = attempt.original
    }
    return nil
  }

  private func push(_ first: ReserveObject, _ last: ReserveObject, _ which: Int) {
    let head = head(which)
    var old = head.pointee.load(ordering: .relaxed)
    while true {
      last.link.pointee.store(UInt32(truncatingIfNeeded: old), ordering: .relaxed)
      let new = (old &>> 32 &+ 1) &<< 32 | UInt64(first.index)
      let attempt = head.pointee.compareExchange(expected: old, desired: new, ordering: .releasing)
      if attempt.exchanged { return }
      old = attempt.original
    }
  }

  // MARK: With the reserve's lock held

  /// Turns the stack over into the other one, but for the objects that `keep` takes.
  /// - Parameter keep: whether it took the object, which is on no stack then.
  func turnOver(keeping keep: (ReserveObject) -> Bool) {
    let from = target
    atomic(quarry_reserve_pool_target(record)).pointee.store(UInt32(from ^ 1), ordering: .relaxed)
    while let object = pop(from) {
      if keep(object) { count(-1) } else { push(object, object, from ^ 1) }
    }
  }
}

/// An object of the reserve by its index: the number of its slab, and its own within that.
struct ReserveObject {
  let index: UInt32

  /// Bits of an object's number within its slab.
  private static var objectBits: UInt32 { 14 }

  /// - Returns: nil for 0, the end of every stack.
  init?(_ index: UInt32) {
    if index == 0 { return nil }
    self.index = index
  }

  init(slab: UInt32, number: Int) { index = slab &<< Self.objectBits | UInt32(number) }

  private var number: Int { Int(index & (1 &<< Self.objectBits &- 1)) }

  var slab: UnsafeMutablePointer<quarry_reserve_slab> {
    quarry_kernel_memory_slab(KernelMemory.record, Int(index &>> Self.objectBits))
  }

  var link: UnsafeMutablePointer<Atomic<UInt32>> { atomic(slab.pointee.links.unsafelyUnwrapped + number) }

  func address(size: Int) -> UInt { slab.pointee.base &+ UInt(number) &* UInt(size) }
}
