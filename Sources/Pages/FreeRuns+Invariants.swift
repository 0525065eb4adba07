// What FreeRuns promises, verified run by run, for tests.
#if DEBUG
  import CShim
  import Units

  extension FreeArea {
    /// Verifies that a search is never led past a run that is long enough.
    /// - Parameter blocks: the free blocks, by address.
    func verifyHints(_ blocks: [FreeBlock]) throws {
      var start = 0
      var end = 0
      for block in blocks + [FreeBlock(page: Int.max >> 1, order: 0)] {
        if block.page != end {
          if end > start {
            let length = min(end - start, Self.longestHint)
            let gigablock = quarry_zone_gigablock(zone, start >> 18)
            let hint = Int(quarry_gigablock_longest_runs(gigablock)[(start >> 9) & 511])
            try BrokenInvariant.unless(
              hint >= length, "the hint of pageblock \(start >> 9) is \(hint); a run of \(length) pages begins in it")
            let all = Int(gigablock.pointee.longest_run)
            try BrokenInvariant.unless(
              all >= length, "the hint of gigablock \(start >> 18) is \(all); a run of \(length) pages begins in it")
          }
          start = block.page
        }
        end = block.end
      }
    }
  }
#endif
