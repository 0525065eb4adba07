// FreeRuns: neighbouring free pages, which need not be a block. A request whose number of pages is no power of two gets the
// lowest run that is long enough. A request for more than a pageblock gets the shortest such run, so that longer ones stay
// for longer requests; the run at the end of the zone only when there is no other (the "wilderness" of Korn and Vo, 1985).
// Each pageblock has a hint that says where to look: counted from their first page in the pageblock, no run is longer. To
// keep hints exact would cost more than it saves, so they are raised when runs become longer, and lowered only by a search
// that finds less. Guarded by: the zone's lock.
//
// Invariant: no free run is longer, from its first page within a pageblock on and up to 512 pages, than the hint of the
// pageblock, or than that of the gigablock.
import CShim
import Units

extension FreeArea {
  /// Pages of the longest run that hints tell of.
  static var longestHint: Int { Page.perPageblock }

  private var openedPages: Int { Int(zone.pointee.extent &>> UInt(Page.shift)) }

  /// A pageblock that is set aside for a type is in use as a whole; its map is the type's.
  @inline(__always) func isMovable(_ number: Int) -> Bool {
    quarry_zone_pageblock(zone, number).pointee.migrate_type == UInt32(QUARRY_MIGRATE_MOVABLE)
  }

  /// Whether a pageblock is free altogether.
  @inline(__always) func isFree(pageblock number: Int) -> Bool {
    map(gigablock: number &>> 9).contains(number & 511)
  }

  /// Which of the 64 pages from `number` * 64 on are free: a bit each.
  /// - Precondition: the pageblock's record is open.
  func word(_ number: Int) -> UInt64 {
    let block = number &>> 3
    let own = map(pageblock: block).word(number & 7)
    if own != 0 { return isMovable(block) ? own : 0 }
    return isFree(pageblock: block) ? .max : 0
  }

  // MARK: The run at a page

  /// The first page of the free run that ends just before `page`, not below `limit`.
  func start(ofRunBefore page: Int, notBelow limit: Int = 0) -> Int {
    var start = page
    while start > limit {
      let last = start &- 1
      if last & 511 == 511, isFree(pageblock: last &>> 9) {
        start &-= Page.perPageblock
        continue
      }
      let free = (~(word(last &>> 6) &<< UInt64(63 &- last & 63))).leadingZeroBitCount
      start &-= min(free, last & 63 &+ 1)
      if free <= last & 63 { break }
    }
    return max(start, limit)
  }

  /// The end of the free run that begins at `page`, not beyond `limit`.
  /// - Precondition: so many pages are open.
  func end(ofRunFrom page: Int, notBeyond limit: Int) -> Int {
    var end = page
    while end < limit {
      if end & 511 == 0, isFree(pageblock: end &>> 9) {
        end &+= Page.perPageblock
        continue
      }
      let free = (~(word(end &>> 6) &>> UInt64(end & 63))).trailingZeroBitCount
      let rest = 64 &- end & 63
      end &+= min(free, rest)
      if free < rest { break }
    }
    return min(end, limit)
  }

  // MARK: Search

  /// The first page of the lowest run of at least `count` pages.
  /// - Precondition: `count` is at most a pageblock's.
  /// - Complexity: linear in the pageblocks below whose hints are that high; the others cost a comparison each.
  func lowestRun(of count: Int) -> Int? {
    let end = (openedPages &+ 511) &>> 9
    var block = 0
    while block < end {
      let gigablock = quarry_zone_gigablock(zone, block &>> 9)
      let next = min(end, (block | 511) &+ 1)
      if Int(gigablock.pointee.longest_run) >= count {
        let hints = quarry_gigablock_longest_runs(gigablock)
        while block < next {
          if Int(hints[block & 511]) >= count {
            let (page, longest) = lowestRun(of: count, in: block)
            if let page { return page }
            hints[block & 511] = UInt16(truncatingIfNeeded: longest)
          }
          block &+= 1
        }
        gigablock.pointee.longest_run = UInt16(truncatingIfNeeded: count &- 1)
      }
      block = next
    }
    return nil
  }

  /// The same among the runs that begin in a pageblock.
  /// - Returns: how long the longest of them may be where none is long enough.
  private func lowestRun(of count: Int, in block: Int) -> (page: Int?, longest: Int) {
    if isFree(pageblock: block) { return (block &<< 9, Page.perPageblock) }
    if !isMovable(block) { return (nil, 0) }
    let map = map(pageblock: block)
    // A run of 2^(o+1) - 1 leaves or more holds an aligned part of 2^o: runs without one are too short.
    let order = min(Int.bitWidth &- 2 &- (count &+ 1).leadingZeroBitCount, BuddyMap.wordOrder)
    var longest = 2 &<< order &- 2
    var leaf = 0
    while let part = map.lowest(holding: order, from: leaf) {
      let start = map.start(ofRunBefore: part)
      leaf = map.end(ofRunFrom: part &+ 1 &<< order)
      longest = max(longest, leaf &- start)
      if longest >= count { return (block &<< 9 &+ start, longest) }
    }
    if map.contains(Page.perPageblock &- 1) {
      let start = block &<< 9 &+ map.start(ofRunBefore: Page.perPageblock)
      let end = end(ofRunFrom: (block &+ 1) &<< 9, notBeyond: min(openedPages, start &+ Self.longestHint))
      longest = max(longest, end &- start)
      if longest >= count { return (start, longest) }
    }
    return (nil, longest)
  }

  /// The first multiple of `alignment` from which on `count` pages are free, in the shortest run that has one, the lowest of
  /// these, but not in the run at the end of the zone.
  /// - Precondition: `count` is above a pageblock's.
  /// - Complexity: linear in the pageblocks of gigablocks with long runs; most cost a comparison.
  func shortestRun(of count: Int, alignment: Int) -> Int? {
    let opened = openedPages
    var shortest: (first: Int, length: Int)?
    var page = 0
    while page < opened {
      let gigablock = quarry_zone_gigablock(zone, page &>> 18)
      let last = min((page | (1 &<< 18 &- 1)) &+ 1, opened)
      // A gigablock that a run from an earlier one reaches into is not looked at as a whole.
      var hasLong = page & (1 &<< 18 &- 1) != 0
      if Int(gigablock.pointee.longest_run) < Self.longestHint { page = last }
      while page < last {
        let next = min(page &+ Page.perPageblock, opened)
        if Int(hint(page).pointee) < Self.longestHint {
          page = next
          continue
        }
        let start = start(ofRunBefore: next, notBelow: page)
        let end = end(ofRunFrom: start, notBeyond: opened)
        let length = end &- start
        if length < Self.longestHint { hint(page).pointee = UInt16(Self.longestHint &- 1) } else { hasLong = true }
        let first = (start &+ alignment &- 1) & ~(alignment &- 1)
        if first &+ count <= end && end < opened && length < shortest?.length ?? Int.max { shortest = (first, length) }
        page = max(next, end & ~511)
      }
      if !hasLong {
        gigablock.pointee.longest_run = min(gigablock.pointee.longest_run, UInt16(Self.longestHint &- 1))
      }
    }
    return shortest?.first
  }

  // MARK: Hints

  /// Notes that pages became free.
  func noteRun(around start: Int, _ end: Int) {
    // What is longer before them has the highest hint already.
    var page = self.start(ofRunBefore: start, notBelow: max(0, start &- Self.longestHint))
    while page < end {
      if Int(hint(page).pointee) < Self.longestHint {
        raise(page, to: self.end(ofRunFrom: end, notBeyond: min(openedPages, max(end, page &+ Self.longestHint))))
      }
      page = (page | 511) &+ 1
    }
  }

  /// The hint of the pageblock that holds a page.
  @inline(__always) private func hint(_ page: Int) -> UnsafeMutablePointer<UInt16> {
    quarry_gigablock_longest_runs(quarry_zone_gigablock(zone, page &>> 18)) + (page &>> 9) & 511
  }

  private func raise(_ start: Int, to end: Int) {
    if end <= start { return }
    let length = UInt16(truncatingIfNeeded: min(end &- start, Self.longestHint))
    let gigablock = quarry_zone_gigablock(zone, start &>> 18)
    let hint = hint(start)
    if hint.pointee < length { hint.pointee = length }
    if gigablock.pointee.longest_run < length { gigablock.pointee.longest_run = length }
  }
}
