// What is known of the pageblocks of each migrate type, and giving back what is free in them.
import CShim
import Platform
import Units

extension Zone {
  /// Pageblocks that are set aside for a type; for movable, all others within the zone.
  public func pageblocks(of type: MigrateType) -> Int {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let blocks = quarry_zone_typed_blocks(record)
    if type != .movable { return Int(blocks[type.rawValue]) }
    var others = (openedPages &+ Page.perPageblock &- 1) / Page.perPageblock
    for other in 1..<MigrateType.count { others &-= Int(blocks[other]) }
    return others
  }

  /// Free blocks of an order in the pageblocks of a type.
  /// - Complexity: linear in the number of those pageblocks.
  public func freeBlocks(of type: MigrateType, order: Int) -> Int {
    if type == .movable {
      mergeFreedRuns()
      return freeBlocks(order: order)
    }
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if order > PageOrder.pageblock.rawValue { return 0 }
    var count = 0
    var number = Int(quarry_zone_typed_first(record)[type.rawValue])
    while number != 0 {
      count &+= typedMap(number).count(order: order)
      number = Int(quarry_zone_pageblock(record, number).pointee.typed_next)
    }
    return count
  }

  /// Free blocks of an order beyond the pageblocks that are set aside. Exact with the lock held, near enough without it.
  /// - Complexity: linear in the number of pageblocks that have any.
  public func freeBlocks(order: Int) -> Int { area.count(order: order) }

  /// Free pages within the pageblocks of all types but movable that may be resident. Read without the lock.
  public var typedResident: UInt64 {
    var free: UInt64 = 0
    for type in 1..<MigrateType.count { free &+= quarry_zone_typed_free(record)[type] }
    let untouched = record.pointee.typed_untouched
    return free > untouched ? free &- untouched : 0
  }

  /// Gives the free pages within the pageblocks of a type back to the system, as far as they are touched.
  /// - Returns: pages given back.
  public func reclaimTyped(_ type: MigrateType) -> Int {
    var purged = 0
    let acquired = lock.acquire()
    var number = quarry_zone_typed_first(record)[type.rawValue]
    while number != 0 {
      for order in 0..<PageOrder.pageblock.rawValue { purged &+= purgeTyped(Int(number), order: order) }
      number = quarry_zone_pageblock(record, Int(number)).pointee.typed_next
    }
    lock.release(acquired)
    return purged
  }

  /// Purges the touched free blocks of one order. The lock stays held: at most 2 MiB go at a time, and only when memory
  /// is short.
  private func purgeTyped(_ number: Int, order: Int) -> Int {
    let type = MigrateType(Int(quarry_zone_pageblock(record, number).pointee.migrate_type))
    let systemPages = max(1, Int(record.pointee.system_page) &>> Page.shift)
    if 1 &<< order < systemPages { return 0 }
    var purged = 0
    var start = 0
    while start < Page.perPageblock, let leaf = typedMap(number).lowest(order: order, from: start) {
      let page = number &* Page.perPageblock &+ leaf
      let count = 1 &<< order
      let touched = Touched(record).number(page, count)
      if touched > 0, System.purge(address(PageIndex(page)), bytes: UInt(count &<< Page.shift)) {
        enter(page, count, type, sign: -1)
        Touched(record).clear(page, count)
        enter(page, count, type, sign: 1)
        purged &+= touched
      }
      start = leaf &+ count
    }
    return purged
  }
}
