// PageBlocks: placement by migrate type, after the kernel's grouping of pages by mobility. A type other than movable sets
// whole pageblocks aside and hands out pages within them; a pageblock that falls free altogether goes back. Everything
// else, malloc first of all, uses the movable rest, and never sees them. Guarded by: the zone's lock.
//
// Invariants: a pageblock that is set aside is in use as a whole in the zone's books, and on its type's list; its map
// has the type's free pages, but never all pages of the pageblock; `typed_free` counts them by type, `typed_untouched`
// those of them without a touched bit.
import CShim
import Platform
import Units

extension Zone {
  /// Takes `count` pages, whose first is a multiple of `alignment`, from pageblocks of a type; runs of a pageblock and
  /// more mix with nothing, and come from the zone at large.
  /// - Precondition: as `allocate(_:alignment:)`.
  /// - Returns: nil when the system gives no more memory, or the limit is reached.
  @inline(never) public func allocate(_ count: Int, alignment: Int, in type: MigrateType) -> Pages? {
    if type == .movable || max(count, alignment) >= Page.perPageblock { return allocate(count, alignment: alignment) }
    let acquired = acquireMerged()
    record.pointee.lock_count &+= 1
    let pages = takeTyped(count, alignment: alignment, type)
    let isRefused = pages == nil && isBeyondLimit(adding: count)
    lock.release(acquired)
    return isRefused && makeRoom(count) ? allocate(count, alignment: alignment, in: type) : pages
  }

  /// Takes pages of any type without waiting and without a system call: only what is free already, and only while no
  /// other thread is at work in the zone. So it is safe in a signal handler that interrupted this very zone.
  public func allocateAtHand(_ count: Int, alignment: Int, in type: MigrateType) -> Pages? {
    if !tryAcquireMerged() { return nil }
    defer { lock.release() }
    if type != .movable, max(count, alignment) < Page.perPageblock,
      let page = takeFromBlocks(count, alignment: alignment, type)
    {
      return accountTyped(page, count)
    }
    let order = max(PageOrder(holding: count).rawValue, alignment.trailingZeroBitCount)
    guard order <= PageOrder.max.rawValue, let page = area.lowest(holding: order) else { return nil }
    area.take(from: page, to: page &+ count)
    let touched = account(taken: page, count)
    if isBeyondLimit() {
      give(page, count, touched: 0)
      return nil
    }
    return Pages(page, count, touched: touched)
  }

  /// Gives pages back without waiting and without a system call.
  /// - Returns: false when somebody is at work on the zone, and nothing was done.
  public func freeAtHand(_ first: PageIndex, _ count: Int, touched: Int) -> Bool {
    if !lock.tryAcquire() { return false }
    defer { lock.release() }
    if type(of: first) == .movable {
      give(first.int, count, touched: touched)
    } else {
      Touched(record).mark(first.int, touched)
      giveTyped(first.int, count)
    }
    return true
  }

  /// Whether nobody is at work on the zone: what a signal handler finds idle, it did not interrupt.
  public var isIdle: Bool {
    if !lock.tryAcquire() { return false }
    lock.release()
    return true
  }

  /// Gives pages back to where they came from, the first `touched` of which the program may have written to.
  @inline(never) public func freeTyped(_ first: PageIndex, _ count: Int, touched: Int) {
    if type(of: first) == .movable { return free(first, count, touched: touched) }
    let acquired = lock.acquire()
    record.pointee.lock_count &+= 1
    Touched(record).mark(first.int, touched)
    giveTyped(first.int, count)
    lock.release(acquired)
  }

  /// The type of the pageblock that holds a page in use. It cannot change while the page is.
  public func type(of page: PageIndex) -> MigrateType {
    MigrateType(Int(quarry_zone_pageblock(record, page.int / Page.perPageblock).pointee.migrate_type))
  }

  // MARK: With the lock held

  func typedMap(_ number: Int) -> BuddyMap { BuddyMap(quarry_pageblock_map(quarry_zone_pageblock(record, number))) }

  private func takeTyped(_ count: Int, alignment: Int, _ type: MigrateType) -> Pages? {
    var page = takeFromBlocks(count, alignment: alignment, type)
    if page == nil, setAside(type) { page = takeFromBlocks(count, alignment: alignment, type) }
    if let page { return accountTyped(page, count) }
    // Where no whole pageblock can be had, the pages lie among others rather than nowhere.
    guard let first = take(count, alignment: alignment) else { return nil }
    let touched = account(taken: first, count)
    if isBeyondLimit() {
      give(first, count, touched: 0)
      return nil
    }
    return Pages(first, count, touched: touched)
  }

  /// Pages that just left a typed pageblock's map, unless the limit forbids them.
  private func accountTyped(_ page: Int, _ count: Int) -> Pages? {
    let touched = Touched(record).number(page, count)
    if isBeyondLimit() {
      giveTyped(page, count)
      return nil
    }
    return Pages(page, count, touched: touched)
  }

  private func takeFromBlocks(_ count: Int, alignment: Int, _ type: MigrateType) -> Int? {
    if quarry_zone_typed_free(record)[type.rawValue] < UInt64(count) { return nil }
    let order = max(PageOrder(holding: count).rawValue, alignment.trailingZeroBitCount)
    var number = Int(quarry_zone_typed_first(record)[type.rawValue])
    while number != 0 {
      let map = typedMap(number)
      let enough = map.orders &>> UInt32(order)
      if enough != 0, let leaf = map.lowest(order: order &+ enough.trailingZeroBitCount) {
        map.remove(from: leaf, to: leaf &+ count)
        let page = number &* Page.perPageblock &+ leaf
        enter(page, count, type, sign: -1)
        return page
      }
      number = Int(quarry_zone_pageblock(record, number).pointee.typed_next)
    }
    return nil
  }

  private func giveTyped(_ page: Int, _ count: Int) {
    let number = page / Page.perPageblock
    let type = MigrateType(Int(quarry_zone_pageblock(record, number).pointee.migrate_type))
    addTyped(page, count, type)
    if typedMap(number).isFull { letGo(number, type) }
  }

  /// Adds free pages of one pageblock.
  private func addTyped(_ page: Int, _ count: Int, _ type: MigrateType) {
    enter(page, count, type, sign: 1)
    let leaf = page % Page.perPageblock
    typedMap(page / Page.perPageblock).insert(from: leaf, to: leaf &+ count)
  }

  /// Enters free pages into the type's books, or strikes them.
  func enter(_ page: Int, _ count: Int, _ type: MigrateType, sign: Int) {
    let untouched = count &- Touched(record).number(page, count)
    quarry_zone_typed_free(record)[type.rawValue] &+= UInt64(bitPattern: Int64(sign &* count))
    record.pointee.typed_untouched &+= UInt64(bitPattern: Int64(sign &* untouched))
  }

  /// Takes a pageblock for a type. Untouched, it costs nothing, so the limit is not asked.
  private func setAside(_ type: MigrateType) -> Bool {
    guard let page = take(Page.perPageblock, alignment: Page.perPageblock) else { return false }
    _ = account(taken: page, Page.perPageblock)
    let number = page / Page.perPageblock
    let block = quarry_zone_pageblock(record, number)
    let first = quarry_zone_typed_first(record)
    block.pointee.migrate_type = UInt32(type.rawValue)
    block.pointee.typed_previous = 0
    block.pointee.typed_next = first[type.rawValue]
    if first[type.rawValue] != 0 {
      quarry_zone_pageblock(record, Int(first[type.rawValue])).pointee.typed_previous = UInt32(number)
    }
    first[type.rawValue] = UInt32(number)
    quarry_zone_typed_blocks(record)[type.rawValue] &+= 1
    addTyped(page, Page.perPageblock, type)
    return true
  }

  /// Gives an empty pageblock back to the zone.
  private func letGo(_ number: Int, _ type: MigrateType) {
    let page = number &* Page.perPageblock
    let block = quarry_zone_pageblock(record, number)
    typedMap(number).remove(from: 0, to: BuddyMap.leaves)
    enter(page, Page.perPageblock, type, sign: -1)
    let next = block.pointee.typed_next
    let previous = block.pointee.typed_previous
    if previous != 0 {
      quarry_zone_pageblock(record, Int(previous)).pointee.typed_next = next
    } else {
      quarry_zone_typed_first(record)[type.rawValue] = next
    }
    if next != 0 { quarry_zone_pageblock(record, Int(next)).pointee.typed_previous = previous }
    block.pointee.migrate_type = UInt32(QUARRY_MIGRATE_MOVABLE)
    quarry_zone_typed_blocks(record)[type.rawValue] &-= 1
    give(page, Page.perPageblock, touched: 0)
  }
}
