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
        for (order, index) in try nodes(&block.pointee.tree, in: "gigablock \(giga)") {
          blocks.append(FreeBlock(page: giga << 18 + index << (order + 9), order: order + 9))
          available[order + 9][giga >> 6] |= 1 << UInt64(giga & 63)
        }
        for number in (giga << 9)..<min(pageblocks, (giga + 1) << 9) {
          let block = quarry_zone_pageblock(zone, number)
          // Its tree is the type's: see PageBlocks.
          if block.pointee.migrate_type != UInt32(QUARRY_MIGRATE_MOVABLE) { continue }
          for (order, index) in try nodes(&block.pointee.tree, in: "pageblock \(number)") {
            try BrokenInvariant.unless(order < 9, "pageblock \(number) has its root in its own tree")
            blocks.append(FreeBlock(page: number << 9 + index << order, order: order))
            inner[order][(number & 511) >> 6] |= 1 << UInt64(number & 63)
            available[order][giga >> 6] |= 1 << UInt64(giga & 63)
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
      return blocks
    }

    /// Orders and indices of the bits that are set in a tree.
    private func nodes(_ tree: inout quarry_buddy_tree, in name: String) throws -> [(order: Int, index: Int)] {
      let words = quarry_buddy_tree_words(&tree)
      var nodes: [(Int, Int)] = []
      for number in 0..<16 where words[number] != 0 {
        var word = words[number]
        while word != 0 {
          let node = number << 6 + word.trailingZeroBitCount
          word &= word - 1
          try BrokenInvariant.unless(node > 0, "\(name): bit 0 of a tree means nothing")
          let level = Int.bitWidth - 1 - node.leadingZeroBitCount
          nodes.append((BuddyTree.rootOrder - level, node - 1 << level))
        }
      }
      return nodes
    }

    private func verifyCounts(_ blocks: [FreeBlock]) throws {
      var counts = Array(repeating: UInt64(0), count: PageOrder.count)
      for block in blocks { counts[block.order] += 1 }
      let recorded = UnsafeBufferPointer(start: quarry_zone_free_blocks(zone), count: PageOrder.count)
      try BrokenInvariant.unless(
        recorded.elementsEqual(counts), "free_blocks is \(Array(recorded)); the trees hold \(counts)")
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
