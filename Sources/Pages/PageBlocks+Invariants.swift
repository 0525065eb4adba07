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
        blocks += try verifiedMap(number)
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

    private func verifiedMap(_ number: Int) throws -> [FreeBlock] {
      try typedMap(number).verifiedBlocks(in: "pageblock \(number)").map { block in
        try BrokenInvariant.unless(block.order < 9, "pageblock \(number) is empty, and was not given back")
        return FreeBlock(page: number << 9 + block.page, order: block.order)
      }
    }
  }
#endif
