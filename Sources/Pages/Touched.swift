// Touched: a bit for each page that says whether its content may differ from zero, which is also whether it may be
// resident. The bits stay with the pages while they are in use; only the free ones are counted. Guarded by: the zone's
// lock.
import CShim
import Units

struct Touched {
  let zone: UnsafeMutablePointer<quarry_zone>

  @inline(__always) init(_ zone: UnsafeMutablePointer<quarry_zone>) { self.zone = zone }

  /// Marks pages as touched. They must not be in the books of the free ones.
  func mark(_ first: Int, _ count: Int) {
    forEachPart(first, count) { block, from, to in
      let touched = quarry_pageblock_touched(block)
      forEachWord(from: from, to: to) { touched[$0] |= $1 }
    }
  }

  /// Marks pages as zero. They must not be in the books of the free ones.
  func clear(_ first: Int, _ count: Int) {
    forEachPart(first, count) { block, from, to in
      let touched = quarry_pageblock_touched(block)
      forEachWord(from: from, to: to) { touched[$0] &= ~$1 }
    }
  }

  /// How many of the pages are touched.
  func number(_ first: Int, _ count: Int) -> Int {
    var touched = 0
    forEachPart(first, count) { block, from, to in touched &+= number(in: block, from, to) }
    return touched
  }

  /// Enters pages that become free into the books of the free ones.
  func enter(_ first: Int, _ count: Int) {
    var touched = 0
    forEachPart(first, count) { block, from, to in
      let some = number(in: block, from, to)
      block.pointee.touched_free &+= UInt32(truncatingIfNeeded: some)
      touched &+= some
    }
    add(touched, upTo: first &+ count)
  }

  /// Marks pages that become free as touched, and enters them into the books.
  func enterMarked(_ first: Int, _ count: Int) {
    mark(first, count)
    forEachPart(first, count) { block, from, to in
      block.pointee.touched_free &+= UInt32(truncatingIfNeeded: to &- from)
    }
    add(count, upTo: first &+ count)
  }

  private func add(_ touched: Int, upTo end: Int) {
    zone.pointee.touched_free_pages &+= UInt64(touched)
    let block = UInt64((end &- 1) &>> 9)
    if touched > 0 && block > zone.pointee.purge_cursor { zone.pointee.purge_cursor = block }
  }

  /// Strikes pages that were free from the books: the opposite of `enter`.
  /// - Returns: how many of them are touched.
  func strike(_ first: Int, _ count: Int) -> Int {
    var touched = 0
    forEachPart(first, count) { block, from, to in
      let some = number(in: block, from, to)
      block.pointee.touched_free &-= UInt32(truncatingIfNeeded: some)
      touched &+= some
    }
    zone.pointee.touched_free_pages &-= UInt64(touched)
    return touched
  }

  private func number(in block: UnsafeMutablePointer<quarry_pageblock>, _ from: Int, _ to: Int) -> Int {
    let touched = quarry_pageblock_touched(block)
    var number = to &- from
    // Mostly all are: to count what is not spares counting bits.
    forEachWord(from: from, to: to) { word, mask in
      let zero = ~touched[word] & mask
      if zero != 0 { number &-= zero.nonzeroBitCount }
    }
    return number
  }

  @inline(__always)
  private func forEachPart(
    _ first: Int, _ count: Int, _ body: (UnsafeMutablePointer<quarry_pageblock>, _ from: Int, _ to: Int) -> Void
  ) {
    var page = first
    let end = first &+ count
    while page < end {
      let next = min(end, (page | 511) &+ 1)
      body(quarry_zone_pageblock(zone, page &>> 9), page & 511, (next &- 1) & 511 &+ 1)
      page = next
    }
  }
}
