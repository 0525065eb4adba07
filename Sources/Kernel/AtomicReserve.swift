// AtomicReserve: memory for requests that may not wait, which may come from a signal handler that interrupted the allocator
// itself. It has slabs of its own, a pool of objects for each power of two from 16 bytes to 32 KiB; each pool is a stack
// of free objects, whose head is taken by one compare-and-swap and carries a tag that changes with every step, so that a
// head that went and came back is not mistaken for itself (Treiber, "Systems programming: coping with parallelism", 1986).
//
// Invariants: an object's link is LIVE from the swap that took it to the one that marks it as freed; so it is handed out
// once, and a second free of it is recognised whoever makes it. Slabs are never given back.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Synchronization
import Units

public enum AtomicReserve {
  /// Bytes of the largest object: PAGE_ALLOC_COSTLY_ORDER.
  static let largest = 1 << (Int(QUARRY_RESERVE_SHIFT) + Int(QUARRY_RESERVE_POOLS) - 1)

  private static var slabPages: Int { Int(QUARRY_RESERVE_SLAB_PAGES) }
  private static var live: UInt32 { QUARRY_RESERVE_LIVE }
  /// Bits of an object's number within its slab.
  private static var objectBits: UInt32 { 14 }
  private static var lock: Lock { Lock(quarry_kernel_memory_reserve_lock(KernelMemory.record)) }

  // MARK: In any context

  /// Takes an object of at least `bytes`, aligned to the power of two above it.
  /// - Returns: 0 when there is none at hand, or only what is kept for urgent requests and this is not one.
  public static func take(_ bytes: UInt, _ gfp: Gfp) -> UInt {
    if bytes > UInt(largest) { return 0 }
    let pool = Pool(holding: Int(bytes))
    if pool.isLow { low.pointee.store(1, ordering: .relaxed) }
    let kept = gfp.has(___GFP_HIGH) ? 0 : pool.capacity / Tunables.reserveKept
    if pool.free <= kept && !addSlab(to: pool, atHand: true) && !gfp.has(___GFP_HIGH) { return 0 }
    return pop(pool)
  }

  private static func pop(_ pool: Pool) -> UInt {
    let head = pool.head
    // Pairs with the releasing swap in push: the link that was written before is seen.
    var old = head.pointee.load(ordering: .acquiring)
    while true {
      let index = UInt32(truncatingIfNeeded: old)
      if index == 0 { return 0 }
      let link = link(index)
      let new = (old &>> 32 &+ 1) &<< 32 | UInt64(link.pointee.load(ordering: .relaxed))
      let attempt = head.pointee.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing)
      if attempt.exchanged {
        link.pointee.store(live, ordering: .relaxed)
        pool.count(-1)
        return slab(index).pointee.base &+ UInt(index & (1 &<< objectBits &- 1)) &* UInt(pool.size)
      }
      old = attempt.original
    }
  }

  /// Whether an address lies in a slab of the reserve.
  static func holds(_ address: UInt) -> Bool {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) { return false }
    let page = PageIndex(offset: offset)
    let entry = Entry(zone.entry(page).pointee)
    return entry.isKernel && zone.frame(page - entry.pageInSlab).pointee.kind == UInt8(QUARRY_FRAME_ATOMIC)
  }

  /// Gives an object back.
  /// - Precondition: `address` lies in a slab of the reserve.
  public static func free(_ address: UInt, _ function: StaticString) {
    let (pool, index) = place(address, function)
    let freed = link(index).pointee.compareExchange(expected: live, desired: 0, ordering: .relaxed)
    if !freed.exchanged { end(function, address, pool, "double free: ") }
    push(pool, from: index, to: index, count: 1)
  }

  /// Bytes of the object at an address in a slab of the reserve.
  public static func size(of address: UInt, _ function: StaticString) -> Int {
    let (pool, index) = place(address, function)
    if link(index).pointee.load(ordering: .relaxed) != live { end(function, address, pool, "already free: ") }
    return pool.size
  }

  private static func push(_ pool: Pool, from first: UInt32, to last: UInt32, count: Int) {
    let head = pool.head
    let tail = link(last)
    var old = head.pointee.load(ordering: .relaxed)
    while true {
      tail.pointee.store(UInt32(truncatingIfNeeded: old), ordering: .relaxed)
      let new = (old &>> 32 &+ 1) &<< 32 | UInt64(first)
      let attempt = head.pointee.compareExchange(expected: old, desired: new, ordering: .releasing)
      if attempt.exchanged { break }
      old = attempt.original
    }
    pool.count(count)
  }

  /// The object that begins at an address, or the end of the process.
  private static func place(_ address: UInt, _ function: StaticString) -> (Pool, UInt32) {
    let zone = Zone.shared
    let page = PageIndex(offset: zone.offset(address))
    let first = page - Entry(zone.entry(page).pointee).pageInSlab
    let frame = zone.frame(first)
    let pool = Pool(Int(frame.pointee.size_class))
    let position = Int(address &- zone.address(first))
    let inside = position & (pool.size &- 1)
    if inside != 0 { end(function, address, pool, "not the start of a block: ", inside) }
    return (pool, frame.pointee.previous &<< objectBits | UInt32(position / pool.size))
  }

  private static func end(
    _ function: StaticString, _ address: UInt, _ pool: Pool, _ reason: StaticString, _ inside: Int = 0
  ) -> Never {
    var message = Misuse.begin(function, address)
    message.append(reason)
    if inside > 0 {
      message.append(decimal: UInt64(inside))
      message.append(" bytes into ")
    }
    message.append("an object of ")
    message.append(decimal: UInt64(pool.size))
    message.append(" bytes of the atomic reserve")
    Misuse.end(saying: message)
  }

  private static func slab(_ index: UInt32) -> UnsafeMutablePointer<quarry_reserve_slab> {
    quarry_kernel_memory_slab(KernelMemory.record, Int(index &>> objectBits))
  }

  private static func link(_ index: UInt32) -> UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(slab(index).pointee.links.unsafelyUnwrapped + Int(index & (1 &<< objectBits &- 1)))
  }

  // MARK: Outside of handlers

  /// Gives every pool its first slab, part of which is touched, unless it has one.
  /// - Returns: false when the system gives no memory, or half of the limit would not hold it.
  static func fill() -> Bool {
    let limit = Zone.shared.record.pointee.limit_pages
    if limit != 0 && UInt64(slabPages &* Int(QUARRY_RESERVE_POOLS)) > limit / 2 { return false }
    for number in 0..<Int(QUARRY_RESERVE_POOLS) where Pool(number).capacity == 0 {
      if !addSlab(to: Pool(number), atHand: false) { return false }
    }
    return true
  }

  private static var low: UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_reserve_low(KernelMemory.record))
  }

  /// Whether any pool could do with another slab.
  @inline(__always) static var isLow: Bool { low.pointee.load(ordering: .relaxed) != 0 }

  /// Gives another slab to each pool of which less than half is free.
  static func replenish() {
    low.pointee.store(0, ordering: .relaxed)
    for number in 0..<Int(QUARRY_RESERVE_POOLS) where Pool(number).isLow {
      _ = addSlab(to: Pool(number), atHand: false)
    }
  }

  /// - Parameter atHand: without waiting and without a system call, as a handler needs it.
  private static func addSlab(to pool: Pool, atHand: Bool) -> Bool {
    var acquired = true
    if !atHand { acquired = lock.acquire() } else if !lock.tryAcquire() { return false }
    defer { lock.release(acquired) }
    let record = KernelMemory.record
    let number = record.pointee.reserve_slabs &+ 1
    if number >= UInt32(QUARRY_RESERVE_SLABS) { return false }
    let zone = Zone.shared
    let objects = (slabPages &<< Page.shift) / pool.size
    let linkPages = Page.count(bytes: objects &* MemoryLayout<UInt32>.stride)
    func pages(_ count: Int, alignment: Int) -> PageIndex? {
      atHand
        ? zone.allocateAtHand(count, alignment: alignment, in: .unmovable)?.first
        : zone.allocate(count, alignment: alignment, in: .unmovable)?.first
    }
    guard let links = pages(linkPages, alignment: 1) else { return false }
    guard let first = pages(slabPages, alignment: slabPages) else {
      zone.freeTyped(links, linkPages, touched: 0)
      return false
    }
    record.pointee.reserve_slabs = number
    let slab = quarry_kernel_memory_slab(record, Int(number))
    slab.pointee.base = zone.address(first)
    slab.pointee.links = UnsafeMutablePointer(bitPattern: zone.address(links))
    let frame = zone.frame(first)
    // (`next` is where the slabs of named caches have their cache: 0 here.)
    frame.pointee.next = 0
    frame.pointee.previous = number
    frame.pointee.size_class = UInt8(pool.number)
    frame.pointee.pages = UInt32(slabPages)
    frame.pointee.kind = UInt8(QUARRY_FRAME_ATOMIC)
    for page in 0..<slabPages { zone.entry(first + page).pointee = Entry.kernel(pageInSlab: page).rawValue }
    if !atHand { touch(slab.pointee.base) }
    let index = number &<< objectBits
    for object in 1..<UInt32(objects) {
      link(index &+ object &- 1).pointee.store(index &+ object, ordering: .relaxed)
    }
    atomic(quarry_reserve_pool_capacity(pool.record)).pointee.wrappingAdd(UInt32(objects), ordering: .relaxed)
    push(pool, from: index, to: index &+ UInt32(objects) &- 1, count: objects)
    return true
  }

  /// The first objects, which are taken first, are resident from the start on.
  private static func touch(_ base: UInt) {
    var offset: UInt = 0
    while offset < UInt(Tunables.reserveTouched) {
      UnsafeMutablePointer<UInt8>(bitPattern: base &+ offset).unsafelyUnwrapped.pointee = 0
      offset &+= UInt(Page.size)
    }
  }
}

/// The objects of one size.
private struct Pool {
  let number: Int

  init(_ number: Int) { self.number = number }

  init(holding bytes: Int) {
    let shift = Int.bitWidth &- max(0, bytes &- 1).leadingZeroBitCount
    number = max(0, shift &- Int(QUARRY_RESERVE_SHIFT))
  }

  var record: UnsafeMutablePointer<quarry_reserve_pool> { quarry_kernel_memory_pool(KernelMemory.record, number) }

  var size: Int { 1 &<< (number &+ Int(QUARRY_RESERVE_SHIFT)) }
  var head: UnsafeMutablePointer<Atomic<UInt64>> { atomic(quarry_reserve_pool_head(record)) }
  /// Below 0 for a moment when a take is counted before the free that made it possible.
  var free: Int { Int(Int32(bitPattern: atomic(quarry_reserve_pool_free(record)).pointee.load(ordering: .relaxed))) }
  var capacity: Int { Int(atomic(quarry_reserve_pool_capacity(record)).pointee.load(ordering: .relaxed)) }
  var isLow: Bool { free < capacity / 2 }

  func count(_ objects: Int) {
    let change = UInt32(bitPattern: Int32(objects))
    atomic(quarry_reserve_pool_free(record)).pointee.wrappingAdd(change, ordering: .relaxed)
  }
}
