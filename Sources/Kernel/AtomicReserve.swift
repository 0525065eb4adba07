// AtomicReserve: memory for requests that may not wait, which may come from a signal handler that interrupted the allocator
// itself. It has slabs of its own (`ReserveSlabs`), cut into objects of each power of two from 16 bytes to 32 KiB, which
// are handed out and taken back by a compare-and-swap each (`ReservePool`): so an object is handed out once, and a second
// free of it is recognised, whoever makes it.
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

  /// Takes an object of at least `bytes`, aligned to the power of two above it. In any context.
  /// - Returns: 0 when there is none at hand, or only what is kept for urgent requests and this is not one.
  public static func take(_ bytes: UInt, _ gfp: Gfp) -> UInt {
    if bytes > UInt(largest) { return 0 }
    let pool = ReservePool(holding: Int(bytes))
    if pool.isLow {
      pool.ranLow.pointee.store(1, ordering: .relaxed)
      low.pointee.store(1, ordering: .relaxed)
    }
    let kept = gfp.has(___GFP_HIGH) ? 0 : pool.capacity / Tunables.reserveKept
    if pool.free <= kept && !ReserveSlabs.add(to: pool, atHand: true) && !gfp.has(___GFP_HIGH) { return 0 }
    let isAccounted = gfp.has(___GFP_ACCOUNT)
    let mark = isAccounted ? QUARRY_RESERVE_LIVE_ACCOUNTED : QUARRY_RESERVE_LIVE
    guard let object = pool.take(marking: mark) else { return 0 }
    if isAccounted { Account.add(bytes: pool.size) }
    return object.address(size: pool.size)
  }

  /// Whether an address lies in a slab of the reserve.
  static func holds(_ address: UInt) -> Bool {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) { return false }
    let page = PageIndex(offset: offset)
    let entry = Entry(zone.entry(page).pointee)
    return entry.isKernel && zone.frame(entry.slab).pointee.kind == UInt8(QUARRY_FRAME_ATOMIC)
  }

  /// Gives an object back. In any context.
  /// - Precondition: `address` lies in a slab of the reserve.
  public static func free(_ address: UInt, _ function: StaticString) {
    let (pool, object) = place(address, function)
    var freed = object.link.pointee.compareExchange(expected: QUARRY_RESERVE_LIVE, desired: 0, ordering: .relaxed)
    if !freed.exchanged {
      freed = object.link.pointee.compareExchange(
        expected: QUARRY_RESERVE_LIVE_ACCOUNTED, desired: 0, ordering: .relaxed)
      if !freed.exchanged { end(function, address, pool, "double free: ") }
      Account.add(bytes: -pool.size)
    }
    pool.add(object, object, count: 1)
  }

  /// Bytes of the object at an address in a slab of the reserve.
  public static func size(of address: UInt, _ function: StaticString) -> Int {
    let (pool, object) = place(address, function)
    if object.link.pointee.load(ordering: .relaxed) < QUARRY_RESERVE_LIVE_ACCOUNTED {
      end(function, address, pool, "already free: ")
    }
    return pool.size
  }

  /// The object that begins at an address, or the end of the process.
  private static func place(_ address: UInt, _ function: StaticString) -> (ReservePool, ReserveObject) {
    let zone = Zone.shared
    let page = PageIndex(offset: zone.offset(address))
    let first = Entry(zone.entry(page).pointee).slab
    let frame = zone.frame(first)
    let pool = ReservePool(Int(frame.pointee.size_class))
    let position = Int(address &- zone.address(first))
    let inside = position & (pool.size &- 1)
    if inside != 0 { end(function, address, pool, "not the start of a block: ", inside) }
    return (pool, ReserveObject(slab: frame.pointee.previous, number: position / pool.size))
  }

  private static func end(
    _ function: StaticString, _ address: UInt, _ pool: ReservePool, _ reason: StaticString, _ inside: Int = 0
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

  // MARK: What is left to do outside of handlers

  private static var low: UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_reserve_low(KernelMemory.record))
  }

  /// Whether any pool could do with another slab.
  @inline(__always) static var isLow: Bool { low.pointee.load(ordering: .relaxed) != 0 }

  /// Gives another slab to each pool of which less than half is free.
  static func replenish() {
    low.pointee.store(0, ordering: .relaxed)
    ReservePool.forEach { if $0.isLow { _ = ReserveSlabs.add(to: $0, atHand: false) } }
  }

  /// Gives back slabs that no pool needs; those of pools that ran low since the last time stay when `onlyIdle`.
  /// - Returns: whether another time may find more.
  @discardableResult
  static func shrink(onlyIdle: Bool) -> Bool {
    var mayFindMore = false
    ReservePool.forEach {
      let ranLow = $0.ranLow.pointee.exchange(0, ordering: .relaxed) != 0
      if ranLow && onlyIdle || ReserveSlabs.giveBack(of: $0) { mayFindMore = true }
    }
    return mayFindMore
  }
}
