// FilledRuns: huge pages for the large blocks of a program that fills them. Whoever gets a large block need not touch all of
// it, and what is not touched must cost nothing. So of one run at a time the last pages are watched, which are never faulted
// in ahead. If the program touched those, too, by the time when it asks for the next run or gives this one back, as many
// pages as the run has may be faulted in ahead, in huge pages where these come fast, for the runs that come next: what that
// costs in vain is never more than what the program was last seen to fill.
//
// Invariants: of the watched run, nothing behind `watchedStart` was faulted in but by the program; `filled_pages`, which may
// still be faulted in ahead, is at most what the last run that was seen filled has.
import Platform
import Units

extension Zone {
  /// Faults in a run of which at least a pageblock was never touched, in huge pages where it can, as far as the program
  /// deserves it, and watches what it does with the rest.
  /// - Precondition: the run has `Tunables.filledRunPages` or more; the caller took it, and nobody else knows it yet.
  @inline(never) public func populateRun(_ first: PageIndex, _ count: Int) {
    if record.pointee.huge_skips == .max || Int(record.pointee.system_page) != Page.size { return }
    learn(from: nil, atEnd: false)
    let end = watchedStart(first, count)
    var page = first.int
    while page < end && record.pointee.filled_pages > 0 {
      let next = min(end, (page | (Page.perPageblock &- 1)) &+ 1)
      let resident = residentPages(page, next &- page)
      if resident < 0 { break }
      if resident < next &- page { populateFilled(page, next &- page, resident: resident) }
      page = next
    }
    if touchedSamples(from: end, of: (first, count)) == 0 { watch(first, count) }
  }

  /// Learns from a run that goes back, if it is the watched one.
  @inline(__always) public func learn(fromEndOf first: PageIndex) {
    if record.pointee.watched_first == first.rawValue { learn(from: first, atEnd: true) }
  }

  /// Ends the watch of a run, and sets how many pages of the next runs may be faulted in ahead: as many as the run has
  /// if the program filled it; none if it goes back and was never filled. A run that is not filled yet changes nothing.
  /// - Parameter only: the run to learn from; nil for whichever is watched.
  /// - Parameter isAtEnd: whether the run goes back.
  @inline(never) func learn(from only: PageIndex?, atEnd isAtEnd: Bool) {
    guard let run = endWatch(of: only) else { return }
    // Samples of all of it, too: a stack, for one, fills its last pages first.
    let start = watchedStart(run.first, run.count)
    let isFilled =
      touchedSamples(from: start, of: run) == Tunables.filledSamples
      && touchedSamples(from: run.first.int, of: run) == Tunables.filledSamples
    if !isFilled && !isAtEnd { return }
    let acquired = lock.acquire()
    record.pointee.filled_pages = isFilled ? UInt64(run.count) : 0
    lock.release(acquired)
  }

  /// - Parameter only: the run that is meant; nil for whichever is watched.
  /// - Returns: the run that was watched; nil when it is another one by now, or none is.
  private func endWatch(of only: PageIndex?) -> (first: PageIndex, count: Int)? {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let (first, count) = (PageIndex(record.pointee.watched_first), Int(record.pointee.watched_pages))
    if let only, only.rawValue != first.rawValue { return nil }
    (record.pointee.watched_first, record.pointee.watched_pages) = (0, 0)
    return count == 0 ? nil : (first, count)
  }

  /// Ends the watch of a run that loses pages, since these would count as filled or not without the program's doing. In
  /// any context, so without the lock: at worst the watch of another run ends that began meanwhile.
  @inline(__always) public func unwatch(_ first: PageIndex) {
    if record.pointee.watched_first == first.rawValue { record.pointee.watched_pages = 0 }
  }

  private func watch(_ first: PageIndex, _ count: Int) {
    let acquired = lock.acquire()
    (record.pointee.watched_first, record.pointee.watched_pages) = (first.rawValue, UInt32(count))
    lock.release(acquired)
  }

  /// Faults in pages of one pageblock, as many as `filled_pages` still allows, and subtracts them there. Where no huge
  /// page comes, single pages are faulted in by one call: one by one, when the program touches them, they would take
  /// twice as long.
  private func populateFilled(_ page: Int, _ count: Int, resident: Int) {
    let acquired = lock.acquire()
    let pages = min(UInt64(count &- resident), record.pointee.filled_pages)
    record.pointee.filled_pages &-= pages
    let isHuge = pages == UInt64(Page.perPageblock) && !leaveOut()
    lock.release(acquired)
    if isHuge, let time = populateHuge(page) {
      let acquired = lock.acquire()
      note(time)
      lock.release(acquired)
    } else {
      System.populate(address(PageIndex(page)), bytes: UInt((resident &+ Int(pages)) &<< Page.shift))
    }
  }

  /// Where the pages of a run end that may be faulted in ahead.
  private func watchedStart(_ first: PageIndex, _ count: Int) -> Int { first.int &+ count &- Tunables.watchedPages }

  /// How many of a few pages of a run, from `start` to its end, are resident.
  private func touchedSamples(from start: Int, of run: (first: PageIndex, count: Int)) -> Int {
    let last = run.first.int &+ run.count &- 1
    var touched = 0
    for sample in 0..<Tunables.filledSamples {
      let page = start &+ (last &- start) &* sample / (Tunables.filledSamples &- 1)
      if residentPages(page, 1) == 1 { touched &+= 1 }
    }
    return touched
  }

  /// - Returns: below 0 where the system does not tell.
  private func residentPages(_ page: Int, _ count: Int) -> Int {
    System.residentPages(address(PageIndex(page)), count)
  }
}
