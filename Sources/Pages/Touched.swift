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
    forEachWord(first, count) { block, word, mask in quarry_pageblock_touched(block)[word] |= mask }
  }

  /// Marks pages as zero. They must not be in the books of the free ones.
  func clear(_ first: Int, _ count: Int) {
    forEachWord(first, count) { block, word, mask in quarry_pageblock_touched(block)[word] &= ~mask }
  }

  /// How many of the pages are touched.
  func number(_ first: Int, _ count: Int) -> Int {
    var touched = 0
    forEachWord(first, count) { block, word, mask in
      touched &+= (quarry_pageblock_touched(block)[word] & mask).nonzeroBitCount
    }
    return touched
  }

  /// Enters pages that become free into the books.
  func count(_ first: Int, _ count: Int) {
    var touched = 0
    forEachWord(first, count) { block, word, mask in
      let some = (quarry_pageblock_touched(block)[word] & mask).nonzeroBitCount
      block.pointee.touched_free &+= UInt32(some)
      touched &+= some
    }
    zone.pointee.touched_free_pages &+= UInt64(touched)
    let block = UInt64((first &+ count &- 1) / Page.perPageblock)
    if touched > 0 && block > zone.pointee.purge_cursor { zone.pointee.purge_cursor = block }
  }

  /// Strikes pages that were free from the books.
  /// - Returns: how many of them are touched.
  func forget(_ first: Int, _ count: Int) -> Int {
    var touched = 0
    forEachWord(first, count) { block, word, mask in
      let some = (quarry_pageblock_touched(block)[word] & mask).nonzeroBitCount
      block.pointee.touched_free &-= UInt32(some)
      touched &+= some
    }
    zone.pointee.touched_free_pages &-= UInt64(touched)
    return touched
  }

  @inline(__always)
  private func forEachWord(
    _ first: Int, _ count: Int, _ body: (UnsafeMutablePointer<quarry_pageblock>, Int, UInt64) -> Void
  ) {
    var page = first
    let end = first &+ count
    while page < end {
      let upTo = min(end, (page | 63) &+ 1)
      let width = upTo &- page
      let mask = (width == 64 ? UInt64.max : (1 &<< UInt64(width)) &- 1) &<< UInt64(page & 63)
      body(quarry_zone_pageblock(zone, page / Page.perPageblock), (page &>> 6) & 7, mask)
      page = upTo
    }
  }
}
