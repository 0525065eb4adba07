// VirtualAreas: blocks with mappings of their own, the kernel's vmalloc areas. They go back to the system at once and grow
// by moving page tables. A hash table beside the heap knows them by address. Lock: area, inside registry and heap.
import CShim
import Platform
import Units

public struct VirtualAreas {
  let record: UnsafeMutablePointer<quarry_registry>

  @inline(__always) init(_ record: UnsafeMutablePointer<quarry_registry>) { self.record = record }

  @inline(__always) public static var shared: VirtualAreas { VirtualAreas(quarry_registry_record()) }

  private var lock: Lock { Lock(quarry_registry_area_lock(record)) }

  private static var removed: UInt { 1 }
  private static var firstSlots: Int { 256 }

  /// Blocks with mappings of their own, and their bytes. Read without the lock.
  public var count: Int { Int(record.pointee.area_count) }
  public var bytes: Int { Int(record.pointee.area_bytes) }

  private static func rounded(_ bytes: Int, _ pageSize: UInt) -> UInt {
    (UInt(bytes) &+ pageSize &- 1) & ~(pageSize &- 1)
  }

  /// Maps a block of at least `bytes`, zeroed, at a multiple of `alignment`.
  /// - Precondition: `alignment` is a power of two; the sum of both is below `Int.max`.
  /// - Returns: nil when the system gives no memory.
  public func allocate(_ bytes: Int, alignment: Int) -> UInt? {
    let pageSize = System.pageSize
    let size = Self.rounded(bytes, pageSize)
    let slack = UInt(alignment) > pageSize ? UInt(alignment) &- pageSize : 0
    if size > UInt(Int.max) &- slack { return nil }
    if Zone.shared.isLimited && !Zone.shared.makeRoomBelowLimit(Int(size) &>> Page.shift) { return nil }
    guard let mapped = System.map(bytes: size &+ slack) else { return nil }
    let address = (mapped &+ UInt(alignment) &- 1) & ~(UInt(alignment) &- 1)
    if slack > 0 {
      let before = address &- mapped
      if before > 0 { System.unmap(mapped, bytes: before) }
      if slack > before { System.unmap(address &+ size, bytes: slack &- before) }
    }
    return enter(address, size)
  }

  /// Makes a block of at least `newBytes` of pages of the zone, which move by their page tables. Where they were is mapped anew,
  /// before another block may grow into it.
  /// - Precondition: `bytes` from `source` are mapped, both multiples of the system's page.
  /// - Returns: the block, and whether the place is mapped again; nil when the system refuses, or the limit is reached: nothing
  ///   has changed then.
  public func allocate(moving source: UInt, bytes: Int, to newBytes: Int) -> (address: UInt, isReopened: Bool)? {
    let size = Self.rounded(newBytes, System.pageSize)
    if Zone.shared.isLimited && !Zone.shared.makeRoomBelowLimit((Int(size) &- bytes) &>> Page.shift) { return nil }
    // The slot comes first: the move cannot be undone.
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    guard makeRoom(), let moved = System.movePages(source, bytes: UInt(bytes), to: size) else { return nil }
    place(moved, size)
    return (moved, System.open(source, bytes: UInt(bytes), reserved: false) == .done)
  }

  private func enter(_ address: UInt, _ size: UInt) -> UInt? {
    let acquired = lock.acquire()
    let entered = insert(address, size)
    lock.release(acquired)
    if !entered {
      System.unmap(address, bytes: size)
      return nil
    }
    return address
  }

  /// Bytes of the block that begins at `address`; nil when none does.
  public func size(of address: UInt) -> Int? { record(of: address).map { Int($0.bytes) } }

  /// What is known of the block that begins at `address`; nil when none does.
  public func record(of address: UInt) -> quarry_area? {
    if record.pointee.area_count == 0 { return nil }
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    return find(address)?.pointee
  }

  /// The block that holds `address`, for messages.
  /// - Complexity: linear in the number of slots.
  public func area(holding address: UInt) -> (address: UInt, bytes: UInt)? {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    guard let areas = record.pointee.areas else { return nil }
    for slot in 0..<Int(record.pointee.area_slots) {
      let area = areas[slot]
      if area.address > Self.removed && address &- area.address < area.bytes { return (area.address, area.bytes) }
    }
    return nil
  }

  /// Unmaps the block that begins at `address`.
  /// - Returns: false when none does.
  public func free(_ address: UInt) -> Bool {
    if record.pointee.area_count == 0 { return false }
    let acquired = lock.acquire()
    guard let area = find(address) else {
      lock.release(acquired)
      return false
    }
    let bytes = area.pointee.bytes
    remove(area)
    lock.release(acquired)
    System.unmap(address, bytes: bytes)
    return true
  }

  /// Resizes the block that begins at `address`, in place or by moving its page tables.
  /// - Returns: where it begins now; nil when it stays as it was.
  public func resize(_ address: UInt, to bytes: Int) -> UInt? {
    let size = Self.rounded(bytes, System.pageSize)
    // The lock is held over the system call: once the old addresses are free, another thread may be given them.
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    guard makeRoom(), let area = find(address) else { return nil }
    let old = area.pointee.bytes
    if size == old { return address }
    if Zone.shared.isLimited && size > old && !Zone.shared.makeRoomBelowLimit(Int(size &- old) &>> Page.shift) {
      return nil
    }
    guard let moved = System.remap(address, from: old, to: size, mayMove: true) else { return nil }
    remove(area)
    place(moved, size)
    return moved
  }

  /// Notes that the block that begins at `address` is a sample of the heap profile, or none.
  /// - Parameter size: what was requested, in bytes; 0 for none.
  public func note(sampled address: UInt, size: UInt64, stack: quarry_stack_id, heap: UInt32) {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    guard let area = find(address) else { return }
    area.pointee.sampled_size = size
    area.pointee.stack = stack
    area.pointee.heap = heap
  }

  // MARK: The table, with the lock held

  private func slot(of address: UInt) -> Int {
    let hash = (address &>> UInt(Page.shift)) &* 0x9e37_79b9_7f4a_7c15
    return Int(bitPattern: hash &>> 32) & (Int(record.pointee.area_slots) &- 1)
  }

  private func find(_ address: UInt) -> UnsafeMutablePointer<quarry_area>? {
    guard let areas = record.pointee.areas, address > Self.removed else { return nil }
    var slot = slot(of: address)
    for _ in 0..<record.pointee.area_slots where areas[slot].address != 0 {
      if areas[slot].address == address { return areas + slot }
      slot = (slot &+ 1) & (Int(record.pointee.area_slots) &- 1)
    }
    return nil
  }

  private func insert(_ address: UInt, _ bytes: UInt) -> Bool {
    if !makeRoom() { return false }
    place(address, bytes)
    return true
  }

  /// Keeps at least half of the slots free, so that searches end soon.
  private func makeRoom() -> Bool { Int(record.pointee.area_used) &* 2 < Int(record.pointee.area_slots) || rehash() }

  private func place(_ address: UInt, _ bytes: UInt) {
    place(quarry_area(address: address, bytes: bytes, sampled_size: 0, stack: 0, heap: 0))
  }

  private func place(_ area: quarry_area) {
    let areas = record.pointee.areas.unsafelyUnwrapped
    var slot = slot(of: area.address)
    while areas[slot].address > Self.removed { slot = (slot &+ 1) & (Int(record.pointee.area_slots) &- 1) }
    if areas[slot].address == 0 { record.pointee.area_used &+= 1 }
    areas[slot] = area
    record.pointee.area_count &+= 1
    record.pointee.area_bytes &+= UInt64(area.bytes)
  }

  private func remove(_ area: UnsafeMutablePointer<quarry_area>) {
    record.pointee.area_count &-= 1
    record.pointee.area_bytes &-= UInt64(area.pointee.bytes)
    area.pointee.address = Self.removed
  }

  /// Moves the table to one that is large enough, without the removed slots.
  private func rehash() -> Bool {
    var slots = Self.firstSlots
    while slots < Int(record.pointee.area_count) &* 4 { slots &*= 2 }
    let pageSize = System.pageSize
    let stride = MemoryLayout<quarry_area>.stride
    guard let address = System.map(bytes: Self.rounded(slots &* stride, pageSize)) else { return false }
    let old = record.pointee.areas
    let oldSlots = Int(record.pointee.area_slots)
    record.pointee.areas = UnsafeMutablePointer(bitPattern: address)
    record.pointee.area_slots = UInt32(slots)
    record.pointee.area_count = 0
    record.pointee.area_used = 0
    record.pointee.area_bytes = 0
    if let old {
      for slot in 0..<oldSlots where old[slot].address > Self.removed { place(old[slot]) }
      System.unmap(UInt(bitPattern: old), bytes: Self.rounded(oldSlots &* stride, pageSize))
    }
    return true
  }

  public func lockForFork() { _ = lock.acquire() }
  public func unlockAfterFork() { lock.release() }
  public func resetAfterFork() { lock.reset() }
}
