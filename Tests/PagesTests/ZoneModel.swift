import CShim
import Platform
import TestSupport
import Units

@testable import Pages

/// A zone and a naive model of it: which pages are free, and which may differ from zero. Every operation predicts its
/// outcome from the model, and `verify` holds all of the zone's books against it.
struct ZoneModel {
  /// Pages that the test got, the first `written` of which it wrote to.
  struct Run {
    var pages: Range<Int>
    var written: Int
  }

  let holder: TestZone
  var zone: Zone { holder.zone }
  var free = FreeModel()
  var touched: [Bool] = []
  var runs: [Run] = []
  /// Runs that went back and are not free yet.
  var unmerged: [Range<Int>] = []

  init(_ holder: TestZone) throws {
    self.holder = holder
    noteGrowth()
    free.remove(0..<1)
    try verify()
  }

  var opened: Int { touched.count }
  var heldPages: Int { runs.reduce(0) { $0 + $1.pages.count } }
  var touchedFree: Int { free.ranges.reduce(0) { $0 + $1.count { touched[$0] } } }

  func verify() throws {
    try check(zone.record.pointee.unmerged_count == unmerged.count, "\(unmerged.count) unmerged runs")
    let blocks = try zone.verifiedBlocks()
    try check(blocks == free.blocks, "free are \(blocks), not \(free.blocks)")
    for page in 0..<opened where zone.isTouched(page) != touched[page] {
      throw Failure("page \(page): touched is \(!touched[page])")
    }
    // Statistics would merge what is not merged.
    if !unmerged.isEmpty { return try check(zone.record.pointee.free_pages == free.pages, "the free pages") }
    let statistics = zone.statistics
    try check(statistics.openedPages == opened, "\(statistics.openedPages) pages are open, not \(opened)")
    try check(statistics.freePages == free.pages, "\(statistics.freePages) pages are free")
    try check(statistics.touchedFreePages == touchedFree, "\(statistics.touchedFreePages) of them touched")
    try check(statistics.freeBlocks == blocks.count, "\(statistics.freeBlocks) free blocks")
    try check(
      statistics.trailingFreePages == opened - trailingStart,
      "\(statistics.trailingFreePages) free at the end")
  }

  /// The first page of the free ones at the end.
  private var trailingStart: Int {
    guard let last = free.ranges.last, last.upperBound == opened else { return opened }
    return last.lowerBound
  }

  /// The zone opened more pages: they are free and zero.
  private mutating func noteGrowth() {
    let now = Int(zone.extent >> UInt(Page.shift))
    free.insert(opened..<now)
    touched += Array(repeating: false, count: now - opened)
  }

  /// Whether the window has room for the zone to reach `end`.
  private func canGrow(to end: Int) -> Bool {
    ((end + 15) & ~15) << Page.shift <= Int(zone.record.pointee.window)
  }

  // MARK: Operations

  /// - Parameter write: pages that the test writes to.
  mutating func allocate(_ count: Int, alignment: Int = 1, write: Int) throws {
    let what = "allocate(\(count), alignment: \(alignment))"
    if let run = unmerged.lastIndex(where: { $0.count == count && $0.lowerBound % alignment == 0 }) {
      return try takeBack(run)
    }
    merge()
    let before = opened
    let hasBlock =
      free.blocks.serving(order: max(PageOrder(holding: count), PageOrder(holding: alignment)).rawValue)
      != nil
    // Failing a block, the end of the zone serves, which may have to grow.
    let end = (trailingStart + alignment - 1) / alignment * alignment + count
    guard let got = zone.allocate(count, alignment: alignment) else {
      noteGrowth()
      try check(before == opened, "\(what) opened pages and failed")
      try check(!hasBlock, "\(what) failed with a block that is large enough")
      try check(end > opened && (Faults.struck > 0 || !canGrow(to: end)), "\(what) failed with room to grow")
      return
    }
    noteGrowth()
    let pages = got.first.int..<(got.first.int + count)
    try check(before == opened || !hasBlock && pages.upperBound == end, "\(what) opened pages without need")
    try check(pages.lowerBound % alignment == 0, "\(what) is at \(pages.lowerBound)")
    try check(free.contains(pages), "\(what) is at \(pages), where not all is free")
    free.remove(pages)
    try verifyZero(pages, got.isZero)
    let written = min(write, count)
    holder.scribble(pages.lowerBound..<(pages.lowerBound + written))
    runs.append(Run(pages: pages, written: written))
  }

  /// The run of the requested length that went back last is handed out again.
  private mutating func takeBack(_ number: Int) throws {
    let pages = unmerged[number]
    guard let got = zone.allocate(pages.count) else { throw Failure("the run \(pages) is not handed out again") }
    try check(got.first.int == pages.lowerBound && !got.isZero && !got.isNew, "\(got) instead of \(pages)")
    unmerged.swapAt(number, unmerged.count - 1)
    unmerged.removeLast()
    runs.append(Run(pages: pages, written: pages.count))
  }

  /// Every other operation finds the unmerged runs free.
  private mutating func merge() {
    for pages in unmerged {
      free.insert(pages)
      for page in pages { touched[page] = true }
    }
    unmerged = []
  }

  /// Gives a run back as those are that may be asked for again.
  mutating func releaseRun(_ index: Int) throws {
    let pages = runs[index].pages
    let frame = zone.frame(PageIndex(pages.lowerBound))
    frame.pointee.pages = UInt32(pages.count)
    frame.pointee.kind = UInt8(QUARRY_FRAME_RUN)
    zone.entry(PageIndex(pages.lowerBound)).pointee = UInt64(QUARRY_ENTRY_RUN)
    try check(zone.freeRun(PageIndex(pages.lowerBound), entry: UInt64(QUARRY_ENTRY_RUN)), "freeRun")
    runs.swapAt(index, runs.count - 1)
    runs.removeLast()
    let room = Tunables.unmergedPages - unmerged.reduce(0) { $0 + $1.count }
    if pages.count > Tunables.unmergedPages {
      free.insert(pages)
      for page in pages { touched[page] = true }
    } else {
      if pages.count > room || unmerged.count == QUARRY_UNMERGED_RUNS { merge() }
      unmerged.append(pages)
    }
  }

  /// Somebody looks at what is free.
  mutating func look() throws {
    _ = zone.statistics
    merge()
    try verify()
  }

  private func verifyZero(_ pages: Range<Int>, _ isZero: Bool) throws {
    try check(isZero == !touched[pages].contains(true), "isZero of \(pages) is \(isZero)")
    if isZero, let page = holder.firstNonzero(pages) {
      throw Failure("page \(page) is said to be zero and is not")
    }
  }

  /// Gives the pages of a run back from `start` on, which is its first page or one in its middle.
  mutating func release(_ index: Int, from start: Int) throws {
    var run = runs[index]
    let pages = start..<run.pages.upperBound
    let written = max(0, run.pages.lowerBound + run.written - start)
    zone.free(PageIndex(start), pages.count, touched: written)
    let bound = Int(zone.keepBound)
    zone.balance()
    if pages == run.pages {
      runs.swapAt(index, runs.count - 1)
      runs.removeLast()
    } else {
      run.pages = run.pages.lowerBound..<start
      run.written = min(run.written, run.pages.count)
      runs[index] = run
    }
    free.insert(pages)
    for page in pages.lowerBound..<(pages.lowerBound + written) { touched[page] = true }
    // A third more than the bound allows would be given back each time, were it not for the quarter.
    if touchedFree > bound {
      merge()
      try forgetHighest(keeping: bound - bound / 4, orUpTo: bound)
    }
  }

  /// Makes a run zero by other means than the zone's, and gives it back as such.
  mutating func releaseZeroed(_ index: Int) throws {
    let pages = runs[index].pages
    try check(
      System.purge(zone.address(PageIndex(pages.lowerBound)), bytes: UInt(pages.count << Page.shift)), "purge"
    )
    zone.freeZeroed(PageIndex(pages.lowerBound), pages.count)
    runs.swapAt(index, runs.count - 1)
    runs.removeLast()
    free.insert(pages)
    for page in pages { touched[page] = false }
  }

  mutating func extend(_ index: Int, by count: Int) throws {
    let end = runs[index].pages.upperBound
    let pages = end..<(end + count)
    merge()
    let before = opened
    let isFree =
      pages.upperBound <= opened
      ? free.contains(pages) : end == opened || free.ranges.last.map { $0.contains(end..<opened) } ?? false
    let extended = zone.extend(PageIndex(end), by: count)
    noteGrowth()
    if isFree, extended == nil {
      try check(
        pages.upperBound > before && (Faults.struck > 0 || !canGrow(to: pages.upperBound)),
        "extend(\(end), by: \(count)) failed with the pages free")
    }
    if extended == nil || pages.upperBound <= before {
      try check(before == opened, "extend(\(end), by: \(count)) opened pages without need")
    }
    guard let extended else { return }
    try check(isFree, "extend(\(end), by: \(count)) took what is not free")
    free.remove(pages)
    try verifyZero(pages, extended.isZero)
    // All of the run counts as written to when any of the new pages may be: only a first part can be.
    runs[index].pages = runs[index].pages.lowerBound..<pages.upperBound
  }

  mutating func reclaim(keeping target: Int) throws {
    merge()
    let excess = max(0, touchedFree - target)
    let purged = zone.reclaim(keeping: UInt64(target))
    try check(purged >= excess, "reclaim(keeping: \(target)) gave \(purged) pages back, not \(excess)")
    forgetHighest(keeping: target)
  }

  /// What is given back are the highest pages that are free and touched, and no more than the target demands.
  private mutating func forgetHighest(keeping target: Int) {
    var excess = touchedFree - target
    for range in free.ranges.reversed() {
      for page in range.reversed() where touched[page] && excess > 0 {
        touched[page] = false
        excess -= 1
      }
    }
  }

  /// The same where as many may be left as keep pageblocks whole.
  private mutating func forgetHighest(keeping target: Int, orUpTo most: Int) throws {
    var lowest = opened
    for range in free.ranges.reversed() {
      for page in range.reversed() where touched[page] && !zone.isTouched(page) {
        touched[page] = false
        lowest = page
      }
    }
    let left = touchedFree
    try check(left >= target && left <= most, "\(left) pages stay, not \(target) to \(most)")
    let higher = free.ranges.contains { $0.contains { $0 > lowest && touched[$0] } }
    try check(!higher, "page \(lowest) went back, and a higher one stays")
  }

  /// One random operation. `limit` bounds the pages that the test holds.
  mutating func step(_ random: inout Random, limit: Int) throws {
    if !runs.isEmpty, heldPages > limit || random.below(100) < 45 {
      let index = random.below(runs.count)
      let pages = runs[index].pages
      switch random.below(10) {
      case 0: try releaseZeroed(index)
      case 1...2: try release(index, from: pages.lowerBound + random.below(pages.count))
      case 3...6: try releaseRun(index)
      default: try release(index, from: pages.lowerBound)
      }
    } else if !runs.isEmpty, random.once(in: 5) {
      try extend(random.below(runs.count), by: random.spread(to: 600))
    } else if random.once(in: 30) {
      try look()
    } else if random.once(in: 40) {
      try reclaim(keeping: random.below(touchedFree + 10))
    } else {
      let last = unmerged.isEmpty || random.once(in: 3) ? nil : unmerged[random.below(unmerged.count)].count
      let count =
        last
        ?? (random.once(in: 30) ? random.in(1000...3000) : random.spread(to: random.once(in: 3) ? 700 : 16))
      let alignment = random.once(in: 5) ? 1 << random.below(11) : 1
      try allocate(count, alignment: alignment, write: random.once(in: 3) ? random.below(count + 1) : count)
    }
    try verify()
  }
}
