// Zone: pages by the exact count from one window of addresses. Lock: zone, the innermost. See Sources/README.md, "Pages".
import CShim
import Platform
import Synchronization
import Units

public struct Zone {
  public let record: UnsafeMutablePointer<quarry_zone>

  @inline(__always) public init(_ record: UnsafeMutablePointer<quarry_zone>) { self.record = record }

  /// The zone of the process.
  @inline(__always) public static var shared: Zone { Zone(quarry_zone_record()) }

  /// The address of offset 0.
  @inline(__always) public var base: UInt { record.pointee.base }
  /// Bytes that are open, from the base on. Grows under the lock, and is read without it.
  @inline(__always) public var extent: UInt { record.pointee.extent }

  @inline(__always) var area: FreeArea { FreeArea(record) }
  @inline(__always) var lock: Lock { Lock(quarry_zone_lock(record)) }

  @inline(__always) public func address(offset: UInt64) -> UInt { base &+ UInt(offset) }
  @inline(__always) public func address(_ page: PageIndex) -> UInt { base &+ UInt(page.offset) }

  /// The first word of the object at an offset.
  @inline(__always) public func word(_ offset: UInt64) -> UnsafeMutablePointer<UInt64> {
    UnsafeMutablePointer(bitPattern: base &+ UInt(offset)).unsafelyUnwrapped
  }

  /// The offset of an address; at least `extent` when the address is not in the zone.
  @inline(__always) public func offset(_ address: UInt) -> UInt64 { UInt64(address &- base) }

  /// What the page map says of a page: see `Entry`.
  @inline(__always) public func entry(_ page: PageIndex) -> UnsafeMutablePointer<UInt64> {
    record.pointee.page_map.unsafelyUnwrapped + page.int
  }

  /// The entry of the page that holds an offset, without the instructions that cut a page index to 32 bits.
  @inline(__always) public func entry(holding offset: UInt64) -> UnsafeMutablePointer<UInt64> {
    record.pointee.page_map.unsafelyUnwrapped + Int(truncatingIfNeeded: offset &>> UInt64(Page.shift))
  }

  /// The frame of a page.
  @inline(__always) public func frame(_ page: PageIndex) -> UnsafeMutablePointer<quarry_frame> {
    record.pointee.frames.unsafelyUnwrapped + page.int
  }

  /// The frame of the page that holds an offset.
  @inline(__always) public func frame(holding offset: UInt64) -> UnsafeMutablePointer<quarry_frame> {
    record.pointee.frames.unsafelyUnwrapped + Int(truncatingIfNeeded: offset &>> UInt64(Page.shift))
  }

  /// Pages from the zone.
  public struct Pages {
    public let first: PageIndex
    /// Whether they are certain to read as zero.
    public let isZero: Bool
    /// How many of them cost memory that the zone did not have yet.
    public let new: Int

    init(_ first: Int, _ count: Int, touched: Int) {
      self.first = PageIndex(first)
      isZero = touched == 0
      new = count &- touched
    }

    /// Whether some of them cost memory that the zone did not have yet.
    public var isNew: Bool { new > 0 }
  }

  /// Takes `count` pages whose first is a multiple of `alignment` pages: an unmerged run of just so many; else the lowest that
  /// fit, or, of more than a pageblock, the shortest run that does, the one at the zone's end last.
  /// - Precondition: `count` is at least 1; `alignment` is a power of two of at most 2^18.
  /// - Returns: nil when the system gives no more memory.
  @inline(never) public func allocate(_ count: Int, alignment: Int = 1) -> Pages? {
    let acquired = acquireCounting()
    if let run = takeUnmerged(count, alignment: alignment) {
      lock.release(acquired)
      return Pages(run.int, count, touched: count)
    }
    guard let first = take(count, alignment: alignment) else {
      lock.release(acquired)
      return nil
    }
    let touched = account(taken: first, count)
    if isBeyondLimit() {
      give(first, count, touched: 0)
      lock.release(acquired)
      return makeRoom(count) ? allocate(count, alignment: alignment) : nil
    }
    lock.release(acquired)
    return Pages(first, count, touched: touched)
  }

  /// Gives pages back, the first `touched` of which the program may have written to. The caller calls `balance` once it
  /// holds no lock.
  @inline(never) public func free(_ first: PageIndex, _ count: Int, touched: Int) {
    let acquired = acquireCounting()
    give(first.int, count, touched: touched)
    record.pointee.unbalanced = 1
    lock.release(acquired)
  }

  /// Gives a run back, all of whose pages the program may have written to. The caller calls `balance` once it holds no
  /// lock.
  /// - Parameter entry: what the page map has to say of the run's first page; it is cleared.
  /// - Returns: false when the page map says something else: of two threads that free the same run at once, one comes
  ///   second. That holds also where the other one cannot wait for the lock and exchanges the entry without it.
  public func freeRun(_ first: PageIndex, entry: UInt64) -> Bool {
    let acquired = acquireCounting()
    let isLive = atomic(self.entry(first)).pointee
      .compareExchange(expected: entry, desired: 0, ordering: .acquiringAndReleasing).exchanged
    if isLive {
      let frame = frame(first)
      let count = Int(frame.pointee.pages)
      if !keepUnmerged(first, count) {
        frame.pointee.kind = 0
        give(first.int, count, touched: count)
        record.pointee.unbalanced = 1
      }
    }
    lock.release(acquired)
    return isLive
  }

  /// Gives pages back that are certain to read as zero.
  public func freeZeroed(_ first: PageIndex, _ count: Int) {
    let acquired = lock.acquire()
    Touched(record).clear(first.int, count)
    give(first.int, count, touched: 0)
    lock.release(acquired)
  }

  /// Takes the pages that follow a block, if they are free or the zone can grow there.
  public func extend(_ end: PageIndex, by count: Int) -> Pages? {
    let acquired = acquireMerged()
    defer { lock.release(acquired) }
    let from = end.int
    let to = from &+ count
    let opened = openedPages
    if to > opened {
      // Worth opening more only when everything up to the end of the zone is free.
      if from < opened, trailingFree() > from { return nil }
      if !grow(to: to) { return nil }
    }
    if freeEnd(from, notBeyond: to) < to { return nil }
    area.take(from: from, to: to)
    let touched = account(taken: from, count)
    if isBeyondLimit() {
      give(from, count, touched: 0)
      return nil
    }
    return Pages(from, count, touched: touched)
  }

  /// Counts, all from one moment but for the blocks.
  public struct Statistics {
    public let openedPages: Int
    public let freePages: Int
    public let touchedFreePages: Int
    /// Counted while other threads may be at work.
    public let freeBlocks: Int
    public let trailingFreePages: Int
    /// Acquisitions of the lock for pages to be taken or given back, and those that found it held.
    public let lockCount: Int
    public let lockWaits: Int
  }

  public var statistics: Statistics {
    mergeFreedRuns()
    // Without the lock, since it takes a while where the zone is large.
    var blocks = 0
    for order in 0..<PageOrder.count { blocks &+= area.count(order: order) }
    let acquired = acquireMerged()
    defer { lock.release(acquired) }
    let opened = openedPages
    return Statistics(
      openedPages: opened &- Int(record.pointee.skipped_pages), freePages: Int(record.pointee.free_pages),
      touchedFreePages: Int(record.pointee.touched_free_pages), freeBlocks: blocks,
      trailingFreePages: opened &- trailingFree(), lockCount: Int(record.pointee.lock_count),
      lockWaits: Int(record.pointee.lock_waits))
  }

  /// Sets the floor of the wide bound of free pages that stay resident.
  public func keepAtLeast(pages: UInt64) {
    let acquired = lock.acquire()
    record.pointee.keep_floor = pages
    lock.release(acquired)
  }

  /// Locks the zone for a fork, once no pages are on their way to the system: the child would never get them back.
  /// Pages that the forking thread itself was giving back when a handler interrupted it are not waited for.
  public func lockForFork() {
    _ = lock.acquire()
    while record.pointee.purging > 0 && !Fork.isForkingThread {
      lock.release()
      quarry_sys_yield()
      _ = lock.acquire()
    }
  }
  public func unlockAfterFork() { lock.release() }
  public func resetAfterFork() { lock.reset() }

  /// Takes the lock, and counts the acquisitions and those that found it held.
  @inline(__always) private func acquireCounting() -> Bool {
    var acquired = lock.tryAcquire()
    if !acquired {
      acquired = lock.acquire()
      record.pointee.lock_waits &+= 1
    }
    record.pointee.lock_count &+= 1
    return acquired
  }

  // MARK: With the lock held

  /// Takes `count` pages out of the free area, whose first is a multiple of `alignment`; `account` follows.
  /// - Returns: the first; nil when the system gives no more memory.
  func take(_ count: Int, alignment: Int) -> Int? {
    guard let page = place(count, alignment: alignment) else { return nil }
    area.take(from: page, to: page &+ count)
    return page
  }

  /// Where `count` free pages are, or become free as the zone grows.
  private func place(_ count: Int, alignment: Int) -> Int? {
    if count > Page.perPageblock {
      if let page = area.shortestRun(of: count, alignment: alignment) { return page }
    } else {
      // A run that is no power of two may fit between blocks without splitting a larger one.
      if (count &- 1) & count != 0 && alignment == 1, let page = area.lowestRun(of: count) { return page }
      let order = max(PageOrder(holding: count).rawValue, alignment.trailingZeroBitCount)
      if let page = area.lowest(holding: order) { return page }
    }
    let start = (trailingFree() &+ alignment &- 1) & ~(alignment &- 1)
    if start &+ count <= openedPages { return start }
    if record.pointee.unmapped_first != 0 && mapAgain() { return place(count, alignment: alignment) }
    if grow(to: start &+ count) { return start }
    guard let beyond = growBeyondObstacle(by: count &+ alignment) else { return nil }
    return (beyond &+ alignment &- 1) & ~(alignment &- 1)
  }

  /// The end of the free run that begins at `page`.
  func freeEnd(_ page: Int, notBeyond limit: Int = Int.max) -> Int {
    area.end(ofRunFrom: page, notBeyond: min(openedPages, limit))
  }

  /// The first page of the free run at the end of the zone.
  func trailingFree() -> Int { area.start(ofRunBefore: openedPages) }

  /// Takes pages out of the books of the free ones.
  /// - Returns: how many of them were touched before.
  func account(taken first: Int, _ count: Int) -> Int {
    let touched = Touched(record).strike(first, count)
    if record.pointee.touched_free_pages < record.pointee.touched_low_water {
      record.pointee.touched_low_water = record.pointee.touched_free_pages
    }
    noteRefault(count &- touched)
    return touched
  }

  /// Makes pages free, the first `touched` of which may differ from zero.
  func give(_ first: Int, _ count: Int, touched: Int) {
    if touched == count {
      Touched(record).enterMarked(first, count)
    } else {
      Touched(record).mark(first, touched)
      Touched(record).enter(first, count)
    }
    if record.pointee.touched_free_pages > record.pointee.touched_high_water {
      record.pointee.touched_high_water = record.pointee.touched_free_pages
    }
    area.give(from: first, to: first &+ count)
  }
}
