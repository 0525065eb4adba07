// UnmergedRuns: runs that went back a moment ago, and are not free blocks yet ("deferred coalescing": Wilson et al., Dynamic
// Storage Allocation, 1995, section 3.4.2; the kernel's per-cpu page lists do it for small orders). A program that takes and
// gives back the same buffers again and again gets the same runs, and the maps of free pages stay as they are. Whatever
// else asks for pages, or looks at what is free, merges the runs with their neighbours first: so no other request finds
// less than it would without them. Guarded by: the zone's lock.
//
// Invariants: an unmerged run is in use in the zone's books; the page map has 0 for it, and its first frame says how long
// it is, as that of a block does that a heap keeps. All of them together have at most `Tunables.unmergedPages`. Where a limit is
// set there are none, since every free page may be needed.
import CShim
import Platform
import Units

extension Zone {
  /// Makes the pages of unmerged runs free, so that whoever counts what is free finds them so.
  public func mergeFreedRuns() { lock.release(acquireMerged()) }

  /// Takes the lock, with every free page in the maps.
  @inline(__always) func acquireMerged() -> Bool {
    let acquired = lock.acquire()
    mergeRuns()
    return acquired
  }

  /// Takes the lock if nobody has it, with every free page in the maps.
  @inline(__always) func tryAcquireMerged() -> Bool {
    if !lock.tryAcquire() { return false }
    mergeRuns()
    return true
  }

  // MARK: With the lock held

  /// Keeps a run for the next request of its length, if there is room.
  /// - Returns: false when the caller has to make its pages free.
  @inline(__always) func keepUnmerged(_ first: PageIndex, _ count: Int) -> Bool {
    let pages = Int(record.pointee.unmerged_pages) &+ count
    if count > Tunables.unmergedPages || isLimited { return false }
    if pages > Tunables.unmergedPages || record.pointee.unmerged_count == UInt32(QUARRY_UNMERGED_RUNS) { mergeRuns() }
    let number = Int(record.pointee.unmerged_count)
    quarry_zone_unmerged(record)[number] = first.rawValue
    record.pointee.unmerged_count = UInt32(number &+ 1)
    record.pointee.unmerged_pages &+= UInt32(count)
    // A run that comes and goes in turn changes nothing.
    if UInt64(record.pointee.unmerged_pages) > record.pointee.unmerged_most {
      record.pointee.unmerged_most = UInt64(record.pointee.unmerged_pages)
      record.pointee.unbalanced = 1
    }
    frame(first).pointee.kind = UInt8(QUARRY_FRAME_KEPT)
    return true
  }

  /// Takes an unmerged run of just so many pages, as a rule the one that came last.
  /// - Returns: nil where there is none; then none is left unmerged.
  @inline(__always) func takeUnmerged(_ count: Int, alignment: Int) -> PageIndex? {
    if record.pointee.unmerged_count == 0 { return nil }
    let runs = quarry_zone_unmerged(record)
    let last = Int(record.pointee.unmerged_count) &- 1
    var number = last
    while number >= 0 {
      let first = PageIndex(runs[number])
      if Int(frame(first).pointee.pages) == count && first.int & (alignment &- 1) == 0 {
        runs[number] = runs[last]
        record.pointee.unmerged_count = UInt32(last)
        record.pointee.unmerged_pages &-= UInt32(count)
        frame(first).pointee.kind = 0
        return first
      }
      number &-= 1
    }
    mergeRuns()
    return nil
  }

  /// Makes the pages of all unmerged runs free.
  @inline(__always) func mergeRuns() {
    if record.pointee.unmerged_count != 0 { mergeAll() }
  }

  @inline(never) private func mergeAll() {
    let runs = quarry_zone_unmerged(record)
    for number in 0..<Int(record.pointee.unmerged_count) {
      let first = PageIndex(runs[number])
      let frame = frame(first)
      frame.pointee.kind = 0
      give(first.int, Int(frame.pointee.pages), touched: Int(frame.pointee.pages))
    }
    record.pointee.unmerged_count = 0
    record.pointee.unmerged_pages = 0
    record.pointee.unmerged_most = 0
  }
}
