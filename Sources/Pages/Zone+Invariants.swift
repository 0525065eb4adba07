// What a zone promises beyond its free blocks, verified page by page, for tests.
#if DEBUG
  import CShim
  import Units

  extension Zone {
    /// The free blocks by address, after every invariant was verified: those of the free area, the account of touched
    /// pages, and that nobody holds the lock.
    /// - Precondition: no other thread is at work in the zone.
    public func verifiedBlocks() throws -> [FreeBlock] {
      try BrokenInvariant.unless(!lock.isHeld, "the zone's lock is held by nobody who could release it")
      try verifyUnmerged()
      let opened = Int(extent >> UInt(Page.shift))
      let blocks = try area.verifiedBlocks(pages: opened)
      try BrokenInvariant.unless(blocks.first.map { $0.page > 0 } ?? true, "page 0 is free")

      var touched = Array(repeating: UInt32(0), count: (opened + 511) >> 9)
      for block in blocks {
        for page in block.page..<block.end where isTouched(page) { touched[page >> 9] += 1 }
      }
      for (number, count) in touched.enumerated() {
        let recorded = quarry_zone_pageblock(record, number).pointee.touched_free
        try BrokenInvariant.unless(
          recorded == count, "pageblock \(number): touched_free is \(recorded), not \(count)")
        // The search for pages to give back begins there and goes down.
        try BrokenInvariant.unless(
          count == 0 || number <= Int(record.pointee.purge_cursor),
          "pageblock \(number) is above the purge cursor")
      }
      let sum = touched.reduce(0) { $0 + UInt64($1) }
      try BrokenInvariant.unless(
        sum == record.pointee.touched_free_pages,
        "touched_free_pages is \(record.pointee.touched_free_pages), not \(sum)")
      return blocks
    }

    /// The first pages of the unmerged runs.
    public var unmergedRuns: [UInt32] {
      Array(UnsafeBufferPointer(start: quarry_zone_unmerged(record), count: Int(record.pointee.unmerged_count)))
    }

    private func verifyUnmerged() throws {
      var pages = 0
      for first in unmergedRuns.map({ PageIndex($0) }) {
        let count = Int(frame(first).pointee.pages)
        try BrokenInvariant.unless(
          frame(first).pointee.kind == UInt8(QUARRY_FRAME_KEPT) && entry(first).pointee == 0,
          "the unmerged run at page \(first.int) says that it is something else")
        for page in first.int..<first.int + count {
          try BrokenInvariant.unless(
            area.word(page >> 6) >> UInt64(page & 63) & 1 == 0, "page \(page) of an unmerged run is free")
        }
        pages += count
      }
      try BrokenInvariant.unless(
        pages == Int(record.pointee.unmerged_pages) && pages <= Tunables.unmergedPages,
        "\(pages) unmerged pages, recorded as \(record.pointee.unmerged_pages)")
    }

    /// Whether the books say that the page may differ from zero.
    public func isTouched(_ page: Int) -> Bool {
      let block = quarry_zone_pageblock(record, page >> 9)
      return quarry_pageblock_touched(block)[(page >> 6) & 7] >> UInt64(page & 63) & 1 != 0
    }
  }
#endif
