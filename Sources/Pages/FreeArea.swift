// FreeArea: the free blocks of the zone by order, after the kernel's free_area. Each block is one bit in the tree of its
// pageblock or gigablock; summaries by order lead to the lowest one in a few bit scans, and no free page is ever touched.
//
// Invariants, with the zone's lock held: no two buddies of one order are free as two blocks; bit b of a summary is set
// exactly when its tree has a block of that order; `free_blocks`, `free_pages` and `order_mask` count the trees' bits.
import CShim
import Units

struct FreeArea {
  let zone: UnsafeMutablePointer<quarry_zone>

  @inline(__always) init(_ zone: UnsafeMutablePointer<quarry_zone>) { self.zone = zone }

  @inline(__always) private func pageblock(_ number: Int) -> UnsafeMutablePointer<quarry_pageblock> {
    quarry_zone_pageblock(zone, number)
  }
  @inline(__always) private func gigablock(_ number: Int) -> UnsafeMutablePointer<quarry_gigablock> {
    quarry_zone_gigablock(zone, number)
  }
  @inline(__always) private func tree(pageblock number: Int) -> BuddyTree {
    BuddyTree(UnsafeMutableRawPointer(pageblock(number)).assumingMemoryBound(to: quarry_buddy_tree.self))
  }
  @inline(__always) private func tree(gigablock number: Int) -> BuddyTree {
    BuddyTree(UnsafeMutableRawPointer(gigablock(number)).assumingMemoryBound(to: quarry_buddy_tree.self))
  }

  /// Whether a free block of exactly this order begins at `page`.
  /// - Precondition: `page` is a multiple of the block's size, and its pageblock's record is open for orders below 9.
  func contains(_ page: Int, order: Int) -> Bool {
    if order < PageOrder.pageblock.rawValue {
      return tree(pageblock: page &>> 9).contains(order: order, index: (page & 511) &>> order)
    }
    let high = order &- 9
    return tree(gigablock: page &>> 18).contains(order: high, index: ((page &>> 9) & 511) &>> high)
  }

  /// Adds one block without merging.
  func insert(_ page: Int, order: Int) {
    let giga = page &>> 18
    if order < PageOrder.pageblock.rawValue {
      let block = page &>> 9
      tree(pageblock: block).insert(order: order, index: (page & 511) &>> order)
      quarry_gigablock_available(gigablock(giga), order)[(block & 511) &>> 6] |= 1 &<< UInt64(block & 63)
    } else {
      let high = order &- 9
      tree(gigablock: giga).insert(order: high, index: ((page &>> 9) & 511) &>> high)
    }
    quarry_zone_available(zone, order)[giga &>> 6] |= 1 &<< UInt64(giga & 63)
    quarry_zone_free_blocks(zone)[order] &+= 1
    zone.pointee.free_pages &+= 1 &<< UInt64(order)
    zone.pointee.order_mask |= 1 &<< UInt32(order)
  }

  /// Removes one block.
  /// - Precondition: `contains(page, order: order)`.
  func remove(_ page: Int, order: Int) {
    let giga = page &>> 18
    var gigaHasMore: Bool
    if order < PageOrder.pageblock.rawValue {
      let block = page &>> 9
      let tree = tree(pageblock: block)
      tree.remove(order: order, index: (page & 511) &>> order)
      gigaHasMore = true
      if tree.lowest(order: order) == nil {
        let available = quarry_gigablock_available(gigablock(giga), order)
        available[(block & 511) &>> 6] &= ~(1 &<< UInt64(block & 63))
        gigaHasMore = lowestBit(available, words: 8, from: 0) != nil
      }
    } else {
      let high = order &- 9
      let tree = tree(gigablock: giga)
      tree.remove(order: high, index: ((page &>> 9) & 511) &>> high)
      gigaHasMore = tree.lowest(order: high) != nil
    }
    if !gigaHasMore { quarry_zone_available(zone, order)[giga &>> 6] &= ~(1 &<< UInt64(giga & 63)) }
    let left = quarry_zone_free_blocks(zone)[order] &- 1
    quarry_zone_free_blocks(zone)[order] = left
    if left == 0 { zone.pointee.order_mask &= ~(1 &<< UInt32(order)) }
    zone.pointee.free_pages &-= 1 &<< UInt64(order)
  }

  /// The lowest free block of exactly this order at `start` or above.
  func lowest(order: Int, from start: Int = 0) -> Int? {
    let available = quarry_zone_available(zone, order)
    var giga = start &>> 18
    var inner = start & (1 &<< 18 &- 1)
    while let next = lowestBit(available, words: Int(QUARRY_GIGABLOCK_COUNT) / 64, from: giga) {
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
      let start = (inner &+ (1 &<< order) &- 1) &>> order
      guard let index = tree(gigablock: giga).lowest(order: order &- 9, from: start) else { return nil }
      return (giga &<< 18) &+ (index &<< order)
    }
    let available = quarry_gigablock_available(gigablock(giga), order)
    var block = inner &>> 9
    var start = ((inner & 511) &+ (1 &<< order) &- 1) &>> order
    while let next = lowestBit(available, words: 8, from: block) {
      if next != block { start = 0 }
      let number = (giga &<< 9) &+ next
      if let index = tree(pageblock: number).lowest(order: order, from: start) {
        return (number &<< 9) &+ (index &<< order)
      }
      block = next &+ 1
      start = 0
    }
    return nil
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

  /// Takes the lowest block of the smallest order that is large enough, and splits it down to `order`.
  /// - Returns: its first page, nil when no block is large enough.
  /// - Complexity: O(`PageOrder.count`).
  func take(order: Int) -> Int? {
    let enough = zone.pointee.order_mask &>> UInt32(order)
    if enough == 0 { return nil }
    var split = order &+ enough.trailingZeroBitCount
    guard let page = lowest(order: split) else { return nil }
    remove(page, order: split)
    while split > order {
      split &-= 1
      insert(page &+ (1 &<< split), order: split)
    }
    return page
  }

  /// Gives a block back, and merges it with its buddy as long as that is free.
  /// - Complexity: O(`PageOrder.count`).
  func give(_ page: Int, order: Int) {
    var page = page
    var order = order
    while order < PageOrder.max.rawValue {
      let buddy = page ^ (1 &<< order)
      if !contains(buddy, order: order) { break }
      remove(buddy, order: order)
      page &= ~(1 &<< order)
      order &+= 1
    }
    insert(page, order: order)
  }

  /// Gives any range of pages back, cut into the blocks that fit.
  func give(from start: Int, to end: Int) {
    forEachBlock(from: start, to: end) { give($0, order: $1) }
  }

  /// Gives back what is left of a block that was just taken: no piece has a free buddy.
  func giveRest(from start: Int, to end: Int) {
    forEachBlock(from: start, to: end) { insert($0, order: $1) }
  }

  @inline(__always) private func forEachBlock(from start: Int, to end: Int, _ body: (Int, Int) -> Void) {
    var page = start
    while page < end {
      let fits = Int.bitWidth &- 1 &- (end &- page).leadingZeroBitCount
      let order = min(min(fits, page.trailingZeroBitCount), PageOrder.max.rawValue)
      body(page, order)
      page &+= 1 &<< order
    }
  }

  /// The free block that holds `page`.
  /// - Precondition: the page's pageblock record is open.
  func block(holding page: Int) -> (start: Int, end: Int)? {
    // A pageblock that is set aside for a type is in use as a whole; its tree is the type's.
    if pageblock(page &>> 9).pointee.migrate_type != UInt32(QUARRY_MIGRATE_MOVABLE) { return nil }
    var order = tree(pageblock: page &>> 9).order(holding: page & 511)
    if order == nil, let high = tree(gigablock: page &>> 18).order(holding: (page &>> 9) & 511) { order = high &+ 9 }
    guard let order else { return nil }
    let start = page & ~((1 &<< order) &- 1)
    return (start, start &+ (1 &<< order))
  }

  /// Which of 64 pages are free: a bit each.
  /// - Precondition: the pageblock's record is open.
  func freePages(pageblock number: Int, word: Int) -> UInt64 {
    if tree(gigablock: number &>> 9).order(holding: number & 511) != nil { return .max }
    return tree(pageblock: number).leaves(word: word)
  }

  /// Takes exactly the pages from `start` to `end` if all of them are free.
  func take(from start: Int, to end: Int) -> Bool {
    var page = start
    while page < end {
      guard let block = block(holding: page) else { return false }
      page = block.end
    }
    page = start
    while page < end {
      guard let block = block(holding: page) else { return false }
      remove(block.start, order: (block.end &- block.start).trailingZeroBitCount)
      giveRest(from: block.start, to: page)
      giveRest(from: end, to: block.end)
      page = block.end
    }
    return true
  }
}
