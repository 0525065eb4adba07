// Window: where the zone and its tables lie, and how they are opened.
//
// Nothing is reserved ahead: the zone maps what it needs at the next address of a window that nobody else uses, so that
// address-space limits, mlockall and strict overcommit charge for what is open and no more. Where such an address cannot
// be had (small address spaces, some emulators), a range is reserved without access and opened by mprotect instead.
import CShim
import Platform
import Units

extension Zone {
  /// The tables beside the zone, and the bytes that each needs for a number of open pages.
  enum Table: Int {
    case pageMap, frames, gigablocks

    static let count = 3

    func bytes(pages: Int) -> UInt {
      switch self {
      case .pageMap: return UInt(pages &* MemoryLayout<UInt64>.stride)
      case .frames: return UInt(pages &* MemoryLayout<quarry_frame>.stride)
      case .gigablocks: return UInt(quarry_gigablock_bytes(UInt(pages)))
      }
    }
  }

  /// The zone, its tables and the heaps are opened in steps of 64 KiB, the largest page of any system.
  public static var step: UInt { 64 << 10 }
  private static func up(_ bytes: UInt, _ alignment: UInt) -> UInt { (bytes &+ alignment &- 1) & ~(alignment &- 1) }

  /// Bytes of a window, and those before it, where the tables and the heaps lie.
  static var windowBytes: UInt { 1 << 40 }
  static var tableSpace: UInt { 16 << 30 }

  /// Where a window begins: from 17 to 79 TiB. Below programs, which the kernel puts at 85 TiB or below 4 GiB, and its own
  /// choices below 128 TiB; above the shadow memory of AddressSanitizer, which ends 2 GiB beyond 16 TiB.
  static func base(_ choice: UInt64) -> UInt { UInt(17 &+ choice % 63) &<< 40 }

  /// Chooses the window and opens the first pages.
  /// - Returns: false when the system gives no memory; another call may succeed.
  public func boot() -> Bool {
    var choice = begin()
    for _ in 0..<4 {
      let base = Self.base(choice)
      placeTables(at: base &- Self.tableSpace, zone: base, bytes: Self.windowBytes)
      if grow(to: 1) { return finishBoot() }
      closeTables()
      choice = SplitMix.number(after: choice)
    }
    var bytes: UInt = 64 << 30
    while bytes >= 16 << 20 {
      if let address = System.reserve(bytes: bytes) {
        record.pointee.reserved = 1
        let alignment = min(1 << 30, bytes / 8)
        let zone = Self.up(address &+ bytes / 8, alignment)
        placeTables(at: address, zone: zone, bytes: (address &+ bytes &- zone) & ~0xffff)
        if grow(to: 1) { return finishBoot() }
        System.unmap(address, bytes: bytes)
        record.pointee.reserved = 0
      }
      bytes /= 4
    }
    return false
  }

  /// Puts the zone and its tables within a range of addresses, of which at least a sixteenth is for the tables. Blocks of
  /// up to 4 MiB are naturally aligned there.
  /// - Returns: false where something else lies, or the system gives no memory.
  public func boot(from start: UInt, to end: UInt) -> Bool {
    _ = begin()
    let base = Self.up(start &+ (end &- start) / 16, 4 << 20)
    if base >= end { return false }
    placeTables(at: start, zone: base, bytes: end &- base)
    if grow(to: 1) { return finishBoot() }
    closeTables()
    return false
  }

  /// Sets what does not depend on where the zone lies.
  /// - Returns: a random number.
  private func begin() -> UInt64 {
    var words = (UInt64(0), UInt64(0))
    withUnsafeMutablePointer(to: &words) {
      quarry_sys_random(UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt64.self))
    }
    record.pointee.system_page = UInt32(System.pageSize)
    record.pointee.key = words.0 ^ SplitMix.number(after: words.1)
    record.pointee.layout_version = UInt32(QUARRY_LAYOUT_VERSION)
    record.pointee.keep_floor = UInt64(Tunables.keepFloorPages)
    fillClassTables()
    return SplitMix.number(after: words.0 &+ words.1)
  }

  private func finishBoot() -> Bool {
    // High bits that no small number, pointer, or small negative number has: such first words never look free.
    record.pointee.key = record.pointee.key & ~(3 << 62) | (1 << 63)
    record.pointee.magic = UInt64(QUARRY_MAGIC) ^ UInt64(UInt(bitPattern: record))
    // Page 0 is never handed out: offset 0 ends chains.
    area.take(from: 0, to: 1)
    return true
  }

  private func fillClassTables() {
    for number in SizeClass.all { quarry_zone_class_inverse(record)[number] = SizeClass(number).inverse }
    for part in 0...Int(QUARRY_OBJECT_LIMIT) / 128 {
      quarry_zone_code_of_large_size(record)[part] = UInt8(SizeClass(serving: part &* 128).code)
    }
    for eighth in 0...Int(QUARRY_TABLE_LIMIT) / 8 {
      quarry_zone_code_of_size(record)[eighth] = UInt8(SizeClass(serving: eighth &* 8).code)
    }
  }

  private func placeTables(at start: UInt, zone base: UInt, bytes: UInt) {
    let pages = Int(bytes &>> UInt(Page.shift))
    var next = start
    func place(_ table: Table) -> UInt {
      let address = next
      next = Self.up(next &+ table.bytes(pages: pages), Self.step)
      return address
    }
    record.pointee.base = base
    record.pointee.window = UInt64(bytes)
    record.pointee.page_map = UnsafeMutablePointer(bitPattern: place(.pageMap))
    record.pointee.frames = UnsafeMutablePointer(bitPattern: place(.frames))
    record.pointee.gigablocks = place(.gigablocks)
    record.pointee.heaps = next
    record.pointee.heap_limit = min(UInt64(base &- next) / UInt64(QUARRY_HEAP_STRIDE), UInt64(QUARRY_CACHE_OWNER)) &- 1
    for table in 0..<Table.count { quarry_zone_opened(record)[table] = 0 }
  }

  /// Gives back what was opened where the zone could not be.
  private func closeTables() {
    for number in 0..<Table.count {
      let bytes = UInt(quarry_zone_opened(record)[number])
      if bytes > 0 { System.unmap(address(Table(rawValue: number).unsafelyUnwrapped), bytes: bytes) }
      quarry_zone_opened(record)[number] = 0
    }
  }

  private func address(_ table: Table) -> UInt {
    switch table {
    case .pageMap: return UInt(bitPattern: record.pointee.page_map)
    case .frames: return UInt(bitPattern: record.pointee.frames)
    case .gigablocks: return record.pointee.gigablocks
    }
  }

  /// Opens the zone at least up to `page`, and makes what is new free. With the lock held.
  func grow(to page: Int) -> Bool {
    let opened = openedPages
    let extra = min(opened / 8, Tunables.growthLimitPages)
    let generous = (max(page, opened &+ extra) &+ Tunables.growthPages &- 1) & ~(Tunables.growthPages &- 1)
    if open(from: opened, to: generous) == .done { return true }
    // Close to a limit, by the system's pages: what is left serves small blocks as long as it serves any.
    let unit = max(1, Int(record.pointee.system_page) &>> Page.shift)
    return open(from: opened, to: (page &+ unit &- 1) & ~(unit &- 1)) == .done
  }

  /// Where somebody else's mapping lies in the way, goes on beyond it: the pages between are never free.
  /// - Returns: the first page after the obstacle, from which on the zone is open for at least `count` more; nil when no
  ///   memory can be had.
  func growBeyondObstacle(by count: Int) -> Int? {
    let opened = openedPages
    let pages = (count &+ Tunables.growthPages &- 1) & ~(Tunables.growthPages &- 1)
    switch open(from: opened, to: opened &+ pages) {
    case .done: return trailingFree()
    case .refused: return nil
    case .occupied: break
    }
    var distance = Tunables.growthPages
    while UInt64(opened &+ distance) &<< UInt64(Page.shift) < record.pointee.window {
      let from = (opened &+ distance) & ~(Tunables.growthPages &- 1)
      switch open(from: from, to: from &+ pages) {
      case .done: return from
      case .refused: return nil
      case .occupied: distance &*= 2
      }
    }
    return nil
  }

  var openedPages: Int { Int(extent &>> UInt(Page.shift)) }

  private func open(from: Int, to end: Int) -> System.Opening {
    if UInt64(end) &<< UInt64(Page.shift) > record.pointee.window { return .refused }
    for number in 0..<Table.count {
      let table = Table(rawValue: number).unsafelyUnwrapped
      let have = UInt(quarry_zone_opened(record)[number])
      let need = Self.up(table.bytes(pages: end), Self.step)
      if need > have {
        if System.open(address(table) &+ have, bytes: need &- have, reserved: isReserved) != .done { return .refused }
        quarry_zone_opened(record)[number] = UInt64(need)
      }
    }
    let start = UInt(from &<< Page.shift)
    let bytes = UInt(end &- from) &<< UInt(Page.shift)
    let opening = System.open(base &+ start, bytes: bytes, reserved: isReserved)
    if opening != .done { return opening }
    record.pointee.skipped_pages &+= UInt64(from &- openedPages)
    record.pointee.extent = start &+ bytes
    area.give(from: from, to: end)
    return .done
  }

  /// Sees that something is mapped behind a block, so that the system cannot let it grow where it lies.
  public func mapBehind(_ end: PageIndex) {
    let acquired = lock.acquire()
    if end.int == openedPages { _ = grow(to: end.int &+ 1) }
    lock.release(acquired)
  }

  private var isReserved: Bool { record.pointee.reserved != 0 }

  /// Opens the records of heaps, up to `bytes` from the first. With the registry's lock held.
  public func openHeaps(from opened: UInt, to bytes: UInt) -> UInt? {
    if bytes <= opened { return opened }
    let end = Self.up(bytes, Self.step)
    return System.open(record.pointee.heaps &+ opened, bytes: end &- opened, reserved: isReserved) == .done ? end : nil
  }
}
