// FreeArea: the free pages of the zone, and the blocks by order that they make, after the kernel's free_area. Each page is
// a bit in the map of its pageblock, a pageblock that is free altogether one in the map of its gigablock; summaries by
// order lead to the lowest block in a few bit scans, and no free page is ever touched.
//
// Invariants, with the zone's lock held: the map of a pageblock is empty when the gigablock's says that it is free; bit b of
// a summary is set exactly when its map makes a block of that order; `free_pages` and `order_mask` agree with the maps.
import CShim
import Units

struct FreeArea {
  let zone: UnsafeMutablePointer<quarry_zone>

  @inline(__always) init(_ zone: UnsafeMutablePointer<quarry_zone>) { self.zone = zone }

  @inline(__always) func map(pageblock number: Int) -> BuddyMap {
    BuddyMap(quarry_pageblock_map(quarry_zone_pageblock(zone, number)))
  }
  @inline(__always) func map(gigablock number: Int) -> BuddyMap {
    BuddyMap(quarry_gigablock_map(quarry_zone_gigablock(zone, number)))
  }

  // MARK: Changes

  /// Makes pages free.
  /// - Precondition: none of them is, and their pageblocks' records are open.
  func give(from start: Int, to end: Int) {
    zone.pointee.free_pages &+= UInt64(end &- start)
    cut(from: start, to: end, part: { givePart($0, from: $1, to: $2) }, whole: { giveWhole(from: $0, to: $1) })
    noteRun(around: start, end)
  }

  /// Takes pages.
  /// - Precondition: all of them are free.
  func take(from start: Int, to end: Int) {
    zone.pointee.free_pages &-= UInt64(end &- start)
    cut(from: start, to: end, part: { takePart($0, from: $1, to: $2) }, whole: { takeWhole(from: $0, to: $1) })
  }

  /// Cuts a range of pages into parts of pageblocks and a range of whole ones.
  @inline(__always) private func cut(
    from start: Int, to end: Int, part: (_ number: Int, _ from: Int, _ to: Int) -> Void,
    whole: (_ first: Int, _ last: Int) -> Void
  ) {
    var page = start
    if page & 511 != 0 || end &- page < 512 {
      let next = min(end, (page | 511) &+ 1)
      if next > page { part(page &>> 9, page & 511, next &- page & ~511) }
      page = next
    }
    if end &- page >= 512 { whole(page &>> 9, end &>> 9) }
    page = max(page, end & ~511)
    if page < end { part(page &>> 9, 0, end & 511) }
  }

  private func givePart(_ number: Int, from start: Int, to end: Int) {
    let map = map(pageblock: number)
    let before = map.ordersByWord
    map.insert(from: start, to: end)
    if map.isFull {
      map.remove(from: 0, to: BuddyMap.leaves)
      giveWhole(from: number, to: number &+ 1)
    }
    note(pageblock: number, before, map.ordersByWord)
  }

  private func takePart(_ number: Int, from start: Int, to end: Int) {
    let map = map(pageblock: number)
    let before = map.ordersByWord
    if before == 0 {
      takeWhole(from: number, to: number &+ 1)
      map.insert(from: 0, to: start)
      map.insert(from: end, to: BuddyMap.leaves)
    } else {
      map.remove(from: start, to: end)
    }
    note(pageblock: number, before, map.ordersByWord)
  }

  private func giveWhole(from first: Int, to last: Int) {
    forEachGigablock(from: first, to: last) { map, from, to in map.insert(from: from, to: to) }
  }

  private func takeWhole(from first: Int, to last: Int) {
    forEachGigablock(from: first, to: last) { map, from, to in map.remove(from: from, to: to) }
  }

  @inline(__always)
  private func forEachGigablock(from first: Int, to last: Int, _ change: (BuddyMap, Int, Int) -> Void) {
    var number = first
    while number < last {
      let giga = number &>> 9
      let next = min(last, (number | 511) &+ 1)
      let map = map(gigablock: giga)
      let before = map.orders
      change(map, number & 511, next &- giga &<< 9)
      note(gigablock: giga, before, map.orders)
      number = next
    }
  }

  // MARK: Summaries

  /// Enters which orders a pageblock has now.
  private func note(pageblock number: Int, _ before: UInt64, _ after: UInt64) {
    if before == after { return }
    let orders = BuddyMap.orders(byWord: after)
    let giga = number &>> 9
    let gigablock = quarry_zone_gigablock(zone, giga)
    let (word, bit) = ((number & 511) &>> 6, UInt64(1) &<< UInt64(number & 63))
    var changed = BuddyMap.orders(byWord: before) ^ orders
    while changed != 0 {
      let order = changed.trailingZeroBitCount
      changed &= changed &- 1
      let available = quarry_gigablock_available(gigablock, order)
      available[word] ^= bit
      if orders &>> UInt32(order) & 1 != 0 {
        enter(giga, order: order)
      } else if lowestBit(available, words: 8, from: 0) == nil {
        strike(giga, order: order)
      }
    }
  }

  /// Enters which orders above a pageblock a gigablock has now.
  private func note(gigablock giga: Int, _ before: UInt32, _ after: UInt32) {
    var changed = before ^ after
    while changed != 0 {
      let order = changed.trailingZeroBitCount
      changed &= changed &- 1
      if after &>> UInt32(order) & 1 != 0 {
        enter(giga, order: order &+ PageOrder.pageblock.rawValue)
      } else {
        strike(giga, order: order &+ PageOrder.pageblock.rawValue)
      }
    }
  }

  private static var summaryWords: Int { Int(QUARRY_GIGABLOCK_COUNT) / 64 }

  @inline(__always) private func enter(_ giga: Int, order: Int) {
    quarry_zone_available(zone, order)[giga &>> 6] |= 1 &<< UInt64(giga & 63)
    zone.pointee.order_mask |= 1 &<< UInt32(order)
  }

  @inline(__always) private func strike(_ giga: Int, order: Int) {
    let available = quarry_zone_available(zone, order)
    available[giga &>> 6] &= ~(1 &<< UInt64(giga & 63))
    if lowestBit(available, words: Self.summaryWords, from: 0) == nil {
      zone.pointee.order_mask &= ~(1 &<< UInt32(order))
    }
  }

  /// The lowest bit that is set at `start` or above.
  @inline(__always) private func lowestBit(_ bits: UnsafeMutablePointer<UInt64>, words: Int, from start: Int) -> Int? {
    var index = start &>> 6
    if index >= words { return nil }
    var word = bits[index] & (UInt64.max &<< UInt64(start & 63))
    while word == 0 {
      index &+= 1
      if index == words { return nil }
      word = bits[index]
    }
    return (index &<< 6) &+ word.trailingZeroBitCount
  }

  // MARK: Blocks

  /// The lowest block of the smallest order that is large enough.
  /// - Complexity: O(1), for up to 64 GiB.
  func lowest(holding order: Int) -> Int? {
    let enough = zone.pointee.order_mask &>> UInt32(order)
    return enough == 0 ? nil : lowest(order: order &+ enough.trailingZeroBitCount)
  }

  /// The lowest free block of exactly this order at `start` or above.
  func lowest(order: Int, from start: Int = 0) -> Int? {
    let available = quarry_zone_available(zone, order)
    var giga = start &>> 18
    var inner = start & (1 &<< 18 &- 1)
    while let next = lowestBit(available, words: Self.summaryWords, from: giga) {
      if next != giga { inner = 0 }
      if let page = lowest(order: order, gigablock: next, from: inner) { return page }
      giga = next &+ 1
      inner = 0
    }
    return nil
  }

  /// The lowest block of a gigablock, at `inner` pages from its start or above.
  private func lowest(order: Int, gigablock giga: Int, from inner: Int) -> Int? {
    if order >= PageOrder.pageblock.rawValue {
      let start = (inner &+ 511) &>> 9
      if start > 511 { return nil }
      guard let index = map(gigablock: giga).lowest(order: order &- 9, from: start) else { return nil }
      return (giga &<< 9 &+ index) &<< 9
    }
    let available = quarry_gigablock_available(quarry_zone_gigablock(zone, giga), order)
    var block = inner &>> 9
    var start = inner & 511
    while let next = lowestBit(available, words: 8, from: block) {
      if next != block { start = 0 }
      let number = giga &<< 9 &+ next
      if let page = map(pageblock: number).lowest(order: order, from: start) { return number &<< 9 &+ page }
      block = next &+ 1
      start = 0
    }
    return nil
  }

  /// The free block that holds `page`.
  /// - Precondition: the page's pageblock record is open.
  func block(holding page: Int) -> (start: Int, end: Int)? {
    let number = page &>> 9
    var order: Int?
    if let high = map(gigablock: number &>> 9).order(holding: number & 511) {
      order = high &+ 9
    } else if isMovable(number) {
      order = map(pageblock: number).order(holding: page & 511)
    }
    guard let order else { return nil }
    let start = page & ~((1 &<< order) &- 1)
    return (start, start &+ (1 &<< order))
  }

  /// Free blocks of exactly this order.
  /// - Complexity: linear in the number of pageblocks that have any.
  func count(order: Int) -> Int {
    var count = 0
    var giga = 0
    while let next = lowestBit(quarry_zone_available(zone, order), words: Self.summaryWords, from: giga) {
      if order >= PageOrder.pageblock.rawValue {
        count &+= map(gigablock: next).count(order: order &- 9)
      } else {
        let available = quarry_gigablock_available(quarry_zone_gigablock(zone, next), order)
        var block = 0
        while let found = lowestBit(available, words: 8, from: block) {
          count &+= map(pageblock: next &<< 9 &+ found).count(order: order)
          block = found &+ 1
        }
      }
      giga = next &+ 1
    }
    return count
  }
}
