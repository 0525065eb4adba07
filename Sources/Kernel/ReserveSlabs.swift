// ReserveSlabs: the slabs of the atomic reserve. Each pool has one from the start on, gets more when it runs low, and
// gives them back when it is idle, but for the first. The links of a slab that went stay: see struct quarry_reserve_slab.
// Lock: reserve; in a handler it is only tried.
import CShim
import Pages
import Platform
import Slabs
import Synchronization
import Units

enum ReserveSlabs {
  private static var pages: Int { Int(QUARRY_RESERVE_SLAB_PAGES) }
  private static var record: UnsafeMutablePointer<quarry_kernel_memory> { KernelMemory.record }
  static var lock: Lock { Lock(quarry_kernel_memory_reserve_lock(record)) }
  private static func slab(_ number: UInt32) -> UnsafeMutablePointer<quarry_reserve_slab> {
    quarry_kernel_memory_slab(record, Int(number))
  }

  /// Slabs that are not given back.
  private static var live: UnsafeMutablePointer<Atomic<UInt32>> { atomic(quarry_kernel_memory_reserve_live(record)) }

  /// Whether any pool has more than its first slab.
  static var areMoreThanFirst: Bool { live.pointee.load(ordering: .relaxed) > UInt32(QUARRY_RESERVE_POOLS) }

  // MARK: They come

  /// Gives every pool its first slab, part of which is touched, unless it has one.
  /// - Returns: false when the system gives no memory, or half of the limit would not hold it.
  static func fill() -> Bool {
    let limit = Zone.shared.record.pointee.limit_pages
    if limit != 0 && UInt64(pages &* Int(QUARRY_RESERVE_POOLS)) > limit / 2 { return false }
    var isWhole = true
    ReservePool.forEach { if isWhole && $0.capacity == 0 { isWhole = add(to: $0, atHand: false) } }
    return isWhole
  }

  /// Gives a pool another slab.
  /// - Parameter atHand: without waiting and without a system call, as a handler needs it.
  static func add(to pool: ReservePool, atHand: Bool) -> Bool {
    var acquired = true
    if !atHand { acquired = lock.acquire() } else if !lock.tryAcquire() { return false }
    defer { lock.release(acquired) }
    guard let number = number(for: pool), let first = takePages(for: number, pool, atHand: atHand) else { return false }
    enterPages(first, number, pool)
    if !atHand { touch(slab(number).pointee.base) }
    let objects = pool.slabObjects
    for object in 1..<objects {
      ReserveObject(slab: number, number: object &- 1).link.pointee
        .store(ReserveObject(slab: number, number: object).index, ordering: .relaxed)
    }
    pool.grow(by: objects)
    pool.add(
      ReserveObject(slab: number, number: 0), ReserveObject(slab: number, number: objects &- 1), count: objects)
    return true
  }

  /// A number that a slab of this pool had before, or a new one; nil when all are given out.
  private static func number(for pool: ReservePool) -> UInt32? {
    let last = record.pointee.reserve_slabs
    var number: UInt32 = 1
    while number <= last {
      if slab(number).pointee.base == 0 && Int(slab(number).pointee.pool) == pool.number { return number }
      number &+= 1
    }
    return number < UInt32(QUARRY_RESERVE_SLABS) ? number : nil
  }

  /// Pages for a slab, and for its links unless the number has some.
  private static func takePages(for number: UInt32, _ pool: ReservePool, atHand: Bool) -> PageIndex? {
    let zone = Zone.shared
    func take(_ count: Int, alignment: Int) -> PageIndex? {
      atHand
        ? zone.allocateAtHand(count, alignment: alignment, in: .unmovable)?.first
        : zone.allocate(count, alignment: alignment, in: .unmovable)?.first
    }
    if slab(number).pointee.links == nil {
      guard let links = take(Page.count(bytes: linkBytes(pool)), alignment: 1) else { return nil }
      slab(number).pointee.links = UnsafeMutablePointer(bitPattern: zone.address(links))
      slab(number).pointee.pool = UInt32(pool.number)
      record.pointee.reserve_slabs = max(record.pointee.reserve_slabs, number)
    }
    return take(pages, alignment: pages)
  }

  private static func linkBytes(_ pool: ReservePool) -> Int { pool.slabObjects &* MemoryLayout<UInt32>.stride }

  private static func enterPages(_ first: PageIndex, _ number: UInt32, _ pool: ReservePool) {
    let zone = Zone.shared
    slab(number).pointee.base = zone.address(first)
    let frame = zone.frame(first)
    // (`next` is where the slabs of named caches have their cache: 0 here.)
    frame.pointee.next = 0
    frame.pointee.previous = number
    frame.pointee.size_class = UInt8(pool.number)
    frame.pointee.pages = UInt32(pages)
    frame.pointee.kind = UInt8(QUARRY_FRAME_ATOMIC)
    for page in 0..<pages { zone.entry(first + page).pointee = Entry.kernel(slab: first).rawValue }
    live.pointee.wrappingAdd(1, ordering: .relaxed)
  }

  /// The first objects, which are taken first, are resident from the start on.
  private static func touch(_ base: UInt) {
    var offset: UInt = 0
    while offset < UInt(Tunables.reserveTouched) {
      UnsafeMutablePointer<UInt8>(bitPattern: base &+ offset).unsafelyUnwrapped.pointee = 0
      offset &+= UInt(Page.size)
    }
  }

  // MARK: They go

  /// Gives slabs back of which every object is free, as long as three quarters of what stays are free: so what goes is not
  /// missed at once.
  /// - Returns: whether any went.
  static func giveBack(of pool: ReservePool) -> Bool {
    if pool.capacity <= pool.slabObjects { return false }
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if markLeaving(pool, upTo: (4 &* pool.free &- 3 &* pool.capacity) / pool.slabObjects) == 0 { return false }
    let before = pool.capacity
    pool.turnOver(keeping: collect)
    forEach(of: pool) { if $0.pointee.is_leaving != 0 { finish($0, pool) } }
    // Once more, so that the objects that were taken last, which are resident, are taken first again.
    pool.turnOver { _ in false }
    return pool.capacity < before
  }

  private static func forEach(of pool: ReservePool, _ body: (UnsafeMutablePointer<quarry_reserve_slab>) -> Void) {
    var number = record.pointee.reserve_slabs
    while number > 0 {
      let slab = slab(number)
      if slab.pointee.base != 0 && Int(slab.pointee.pool) == pool.number { body(slab) }
      number &-= 1
    }
  }

  /// Marks the youngest slabs of which every object is free.
  /// - Returns: how many.
  private static func markLeaving(_ pool: ReservePool, upTo limit: Int) -> Int {
    var count = 0
    var left = pool.capacity / pool.slabObjects
    forEach(of: pool) { slab in
      left &-= 1
      if count >= limit || left == 0 || !isFree(slab, pool) { return }
      slab.pointee.is_leaving = 1
      slab.pointee.collected = 0
      count &+= 1
    }
    return count
  }

  /// Whether all objects seem to be free: some may be taken before they are collected.
  private static func isFree(_ slab: UnsafeMutablePointer<quarry_reserve_slab>, _ pool: ReservePool) -> Bool {
    let links = slab.pointee.links.unsafelyUnwrapped
    for object in 0..<pool.slabObjects
    where atomic(links + object).pointee.load(ordering: .relaxed) >= QUARRY_RESERVE_LIVE_ACCOUNTED { return false }
    return true
  }

  /// Keeps an object of a slab that leaves.
  private static func collect(_ object: ReserveObject) -> Bool {
    let slab = object.slab
    if slab.pointee.is_leaving == 0 { return false }
    if slab.pointee.collected == 0 { slab.pointee.last = object.index }
    object.link.pointee.store(slab.pointee.collected == 0 ? 0 : slab.pointee.first, ordering: .relaxed)
    slab.pointee.first = object.index
    slab.pointee.collected &+= 1
    return true
  }

  /// Gives a slab's pages back if all its objects were collected, or else those objects to the pool.
  private static func finish(_ slab: UnsafeMutablePointer<quarry_reserve_slab>, _ pool: ReservePool) {
    slab.pointee.is_leaving = 0
    let collected = Int(slab.pointee.collected)
    if collected < pool.slabObjects {
      if let first = ReserveObject(slab.pointee.first), let last = ReserveObject(slab.pointee.last), collected > 0 {
        pool.add(first, last, count: collected)
      }
      return
    }
    pool.grow(by: -collected)
    live.pointee.wrappingSubtract(1, ordering: .relaxed)
    let zone = Zone.shared
    let first = PageIndex(offset: zone.offset(slab.pointee.base))
    slab.pointee.base = 0
    for page in 0..<pages { zone.entry(first + page).pointee = 0 }
    zone.frame(first).pointee.kind = 0
    zone.freeTyped(first, pages, touched: pages)
  }
}
