// What FreeArea promises, verified bit by bit, for tests.
#if DEBUG
  import CShim
  import Units

  /// What a structure promises and does not hold.
  public struct BrokenInvariant: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }

    /// Throws unless `condition` holds.
    public static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws {
      if !condition { throw BrokenInvariant(description()) }
    }
  }

  /// A free block: its first page and its order.
  public struct FreeBlock: Equatable, Sendable {
    public let page: Int
    public let order: Int
    public init(page: Int, order: Int) {
      self.page = page
      self.order = order
    }
    public var end: Int { page + 1 << order }
  }

  extension FreeArea {
    /// The free blocks below `pages`, by address, after every invariant of the free area was verified.
    /// - Precondition: the tables are open for `pages`. Nobody changes them meanwhile.
    public func verifiedBlocks(pages: Int) throws -> [FreeBlock] {
      var blocks: [FreeBlock] = []
      let pageblocks = (pages + 511) >> 9
      let gigablocks = (pages + 1 << 18 - 1) >> 18
      var available = Array(
        repeating: Array(repeating: UInt64(0), count: Int(QUARRY_GIGABLOCK_COUNT) / 64),
        count: PageOrder.count)
      for giga in 0..<gigablocks {
        var inner = Array(repeating: Array(repeating: UInt64(0), count: 8), count: 9)
        let block = quarry_zone_gigablock(zone, giga)
        let map = BuddyMap(quarry_gigablock_map(block))
        for free in try map.verifiedBlocks(in: "gigablock \(giga)") {
          blocks.append(FreeBlock(page: giga << 18 + free.page << 9, order: free.order + 9))
          available[free.order + 9][giga >> 6] |= 1 << UInt64(giga & 63)
        }
        for number in (giga << 9)..<min(pageblocks, (giga + 1) << 9) {
          let block = quarry_zone_pageblock(zone, number)
          // Its map is the type's: see PageBlocks.
          if block.pointee.migrate_type != UInt32(QUARRY_MIGRATE_MOVABLE) { continue }
          for free in try BuddyMap(quarry_pageblock_map(block)).verifiedBlocks(in: "pageblock \(number)") {
            try BrokenInvariant.unless(
              free.order < 9 && !map.contains(number & 511), "pageblock \(number) is free, and has blocks of its own")
            blocks.append(FreeBlock(page: number << 9 + free.page, order: free.order))
            inner[free.order][(number & 511) >> 6] |= 1 << UInt64(number & 63)
            available[free.order][giga >> 6] |= 1 << UInt64(giga & 63)
          }
        }
        for order in 0..<9 {
          let summary = Array(UnsafeBufferPointer(start: quarry_gigablock_available(block, order), count: 8))
          try BrokenInvariant.unless(
            summary == inner[order],
            "summary of gigablock \(giga), order \(order): \(summary), not \(inner[order])")
        }
      }
      for order in 0..<PageOrder.count {
        let summary = UnsafeBufferPointer(
          start: quarry_zone_available(zone, order), count: Int(QUARRY_GIGABLOCK_COUNT) / 64)
        try BrokenInvariant.unless(
          summary.elementsEqual(available[order]), "the zone's summary of order \(order)")
      }
      try verifyCounts(blocks)
      blocks.sort { $0.page < $1.page }
      try verifyPlaces(blocks, pages: pages)
      try verifyHints(blocks)
      return blocks
    }

    private func verifyCounts(_ blocks: [FreeBlock]) throws {
      var counts = Array(repeating: UInt64(0), count: PageOrder.count)
      for block in blocks { counts[block.order] += 1 }
      for order in 0..<PageOrder.count {
        try BrokenInvariant.unless(
          count(order: order) == counts[order], "\(count(order: order)) blocks of order \(order), not \(counts[order])")
      }
      var mask: UInt32 = 0
      var pages: UInt64 = 0
      for order in 0..<PageOrder.count where counts[order] > 0 {
        mask |= 1 << UInt32(order)
        pages += counts[order] << UInt64(order)
      }
      try BrokenInvariant.unless(
        zone.pointee.order_mask == mask, "order_mask is \(zone.pointee.order_mask), not \(mask)")
      try BrokenInvariant.unless(
        zone.pointee.free_pages == pages, "free_pages is \(zone.pointee.free_pages), not \(pages)")
    }

    private func verifyPlaces(_ blocks: [FreeBlock], pages: Int) throws {
      var end = 0
      for (number, block) in blocks.enumerated() {
        try BrokenInvariant.unless(block.page >= end, "\(block) overlaps the block before it")
        end = block.end
        guard block.order < PageOrder.max.rawValue, number + 1 < blocks.count else { continue }
        let next = blocks[number + 1]
        try BrokenInvariant.unless(
          next.order != block.order || next.page != block.page ^ (1 << block.order),
          "\(block) and its buddy are free and not merged")
      }
      try BrokenInvariant.unless(end <= pages, "a free block ends at page \(end) of \(pages)")
    }
  }
#endif
