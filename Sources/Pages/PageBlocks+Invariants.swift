// What PageBlocks promises, verified bit by bit, for tests.
#if DEBUG
  import CShim
  import Units

  extension Zone {
    /// The free blocks within the pageblocks of a type, after every invariant was verified.
    /// - Precondition: no other thread is at work in the zone.
    func verifiedTyped(_ type: MigrateType) throws -> [FreeBlock] {
      var blocks: [FreeBlock] = []
      var number = Int(quarry_zone_typed_first(record)[type.rawValue])
      var previous = 0
      var count = 0
      while number != 0 {
        let block = quarry_zone_pageblock(record, number)
        try BrokenInvariant.unless(Int(block.pointee.migrate_type) == type.rawValue, "pageblock \(number): wrong list")
        try BrokenInvariant.unless(Int(block.pointee.typed_previous) == previous, "pageblock \(number): wrong link")
        for page in (number << 9)..<(number + 1) << 9 {
          try BrokenInvariant.unless(area.block(holding: page) == nil, "page \(page) is free in the zone, too")
        }
        blocks += try verifiedTree(number)
        previous = number
        number = Int(block.pointee.typed_next)
        count += 1
      }
      try BrokenInvariant.unless(
        Int(quarry_zone_typed_blocks(record)[type.rawValue]) == count, "\(count) pageblocks are counted wrong")
      let free = blocks.reduce(0) { $0 + 1 << $1.order }
      try BrokenInvariant.unless(
        quarry_zone_typed_free(record)[type.rawValue] == UInt64(free), "\(free) free pages are counted wrong")
      return blocks
    }

    /// Verifies the books that all types share.
    func verifyTypedBooks() throws {
      var untouched = 0
      for type in 1..<MigrateType.count {
        for block in try verifiedTyped(MigrateType(type)) {
          untouched += (block.page..<block.end).count { !isTouched($0) }
        }
      }
      try BrokenInvariant.unless(
        record.pointee.typed_untouched == UInt64(untouched),
        "typed_untouched is \(record.pointee.typed_untouched), not \(untouched)")
    }

    private func verifiedTree(_ number: Int) throws -> [FreeBlock] {
      let tree = BuddyTree(
        UnsafeMutableRawPointer(quarry_zone_pageblock(record, number)).assumingMemoryBound(to: quarry_buddy_tree.self))
      var blocks: [FreeBlock] = []
      for order in 0...PageOrder.pageblock.rawValue {
        for index in 0..<(512 >> order) where tree.contains(order: order, index: index) {
          try BrokenInvariant.unless(order < 9, "pageblock \(number) is empty, and was not given back")
          try BrokenInvariant.unless(
            !tree.contains(order: order, index: index ^ 1), "two buddies of order \(order) in pageblock \(number)")
          blocks.append(FreeBlock(page: number << 9 + index << order, order: order))
        }
      }
      blocks.sort { $0.page < $1.page }
      for (one, other) in zip(blocks, blocks.dropFirst()) {
        try BrokenInvariant.unless(one.end <= other.page, "free blocks overlap in pageblock \(number)")
      }
      return blocks
    }
  }
#endif
