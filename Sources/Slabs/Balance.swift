// Balance: what is free but resident is kept within a wide bound at once, and looked at once in a while to bring it down to a
// narrow one. Kswapd looks, after the kernel's balance_pgdat; in a process without it the slow paths do.
import CShim
import Pages
import Platform
import Units

public enum Balance {
  /// After memory went home, with no lock held.
  @inline(__always) public static func keep() {
    if Zone.shared.record.pointee.unbalanced != 0 { keepExcess() }
  }

  @inline(never) private static func keepExcess() {
    let zone = Zone.shared
    let heap = Heap.current
    zone.record.pointee.unbalanced = 0
    if heap.isReal { heap.followSlack() }
    zone.balance()
    // This may be the last slow path for long: either kswapd comes, or the thread is reminded. Reading the clock is most of it.
    let isSeenTo = heap.isReal && heap.isReminded && zone.record.pointee.lock_count & 15 != 0
    if !isSeenTo && lookInTime() && heap.isReal { heap.remind() }
  }

  /// Once in a while, with no lock held: what is free may be too much though nothing came back of late.
  @inline(__always) static func remember() {
    if Zone.shared.record.pointee.touched_free_pages > UInt64(Tunables.idleFloorPages) { lookInTime() }
  }

  /// Looks at what is free if it is too much, nobody else does, and the last look is long enough ago.
  /// - Parameter again: whether a look before may have left something, such as holes in slabs, which are no free pages.
  /// - Returns: whether somebody has to look again.
  @discardableResult @inline(never) static func lookInTime(again: Bool = false) -> Bool {
    let zone = Zone.shared
    if !(again || zone.hasExcess) || Kswapd.call() { return false }
    return zone.isTimeToLook ? look() : true
  }

  /// What kswapd does: a look every `Tunables.keepMilliseconds`, until there is nothing left to do.
  /// - Parameter above: looks at what lies in the layer above, which may wake kswapd before a look is due, and returns whether
  ///   that has to be looked at again.
  public static func run(_ above: (_ isDue: Bool) -> Bool) {
    var mayLeave = false
    while !mayLeave || !Kswapd.leave() {
      let isDue = Kswapd.rest() || Zone.shared.isTimeToLook
      let wasCalled = Kswapd.look()
      let isAwaited = above(isDue)
      mayLeave = isDue && !look() && !wasCalled && !isAwaited
    }
  }

  /// Gives back what nobody needed since the last look.
  /// - Returns: whether another look may find more.
  static func look() -> Bool {
    let lock = Lock(quarry_registry_look_lock(quarry_registry_record()))
    if !lock.tryAcquire() { return true }
    defer { lock.release() }
    let zone = Zone.shared
    let before = zone.record.pointee.touched_free_pages
    let isQuiet = HeapRegistry.shared.shrinkQuiet()
    let after = zone.record.pointee.touched_free_pages
    zone.reclaimIdle(and: after > before ? after &- before : 0)
    return !isQuiet || zone.hasExcess
  }
}

extension Heap {
  /// Grows with what the thread does with its slabs.
  fileprivate var activity: UInt64 { record.pointee.front.events &+ record.pointee.front.homeward }

  /// Objects that others took home since the last look, less those that left the slabs.
  fileprivate var broughtHome: Int {
    Int(Int32(bitPattern: record.pointee.looked_outward &- UInt32(truncatingIfNeeded: record.pointee.outward)))
  }

  fileprivate func noteBroughtHome() {
    record.pointee.looked_outward = UInt32(truncatingIfNeeded: record.pointee.outward)
  }

  /// Objects of its slabs that are in use, in lists, or on their way.
  var objectsOutside: UInt64 { record.pointee.outward &- record.pointee.front.homeward }

  /// Follows what the slabs of the calling thread hold beyond its objects in use, to which the zone's bounds are in proportion,
  /// in steps that are a part of the wide bound. Where it grew by such a step, and there may be too much, holes are purged.
  fileprivate func followSlack() {
    let home = UInt32(truncatingIfNeeded: record.pointee.front.homeward)
    if Int32(bitPattern: home &- record.pointee.slack_due) < 0 { return }
    let isFirst = record.pointee.object_size == 0
    if isFirst && Zone.shared.isSmall { return }
    let isCountDue = Zone.shared.mayHaveExcess && Int32(bitPattern: home &- record.pointee.count_due) >= 0
    let isCounted = isFirst || isCountDue
    if isCounted { countSlack(home) } else { estimateSlack() }
    HeapRegistry.shared.addSlackUp()

    let step = Zone.shared.slackStep / UInt64(max(1, HeapRegistry.shared.activeCount))
    let objects = (step &<< UInt64(Page.shift &+ 4)) / UInt64(max(1, record.pointee.object_size))
    record.pointee.slack_due = home &+ UInt32(min(max(objects, Tunables.slackLeastObjects), UInt64(Int32.max)))
    record.pointee.slack_looked = min(record.pointee.slack_looked, record.pointee.slack_pages)
    let hasGrown = UInt64(record.pointee.slack_pages &- record.pointee.slack_looked) >= step
    if !(hasGrown || isCounted) || !Zone.shared.mayHaveHolesBeyondBound { return }
    record.pointee.slack_looked = record.pointee.slack_pages
    let passesAll = isCounted || record.pointee.holes_behind != 0
    record.pointee.holes_behind =
      purgeHolesInOrder(passing: passesAll ? Tunables.slabsPassed : Tunables.slabsPassedBetween) ? 1 : 0
  }

  /// Counts it, by a walk over the slabs that is a small part of what the frees took since the last one.
  private func countSlack(_ home: UInt32) {
    let pages = slabPages
    record.pointee.count_due = home &+ (pages &+ Tunables.slackLeastPages) &* Tunables.slackInterval
    record.pointee.slack_pages = min(pages, UInt32(slackPages()))
    let used = UInt64(pages &- record.pointee.slack_pages) &<< UInt64(Page.shift &+ 4)
    record.pointee.object_size = UInt32(truncatingIfNeeded: used / max(1, objectsOutside))
  }

  /// Takes the objects that are outside now to be as large as those at the last count.
  private func estimateSlack() {
    let pages = UInt64(slabPages)
    let used = (objectsOutside &* UInt64(record.pointee.object_size)) &>> UInt64(Page.shift &+ 4)
    record.pointee.slack_pages = UInt32(pages &- min(pages, used))
  }
}

extension HeapRegistry {
  /// Activity between two looks up to which a heap counts as quiet, and objects that others took home to it.
  private static var quietEvents: UInt64 { 256 }
  /// In `looked_events`: what the heap holds went home already; or somebody was at work in it when it was last looked at.
  private static var shrunk: UInt64 { 1 &<< 63 }
  private static var wasAtWork: UInt64 { 1 &<< 62 }

  /// Takes home what lies about in the heaps that did next to nothing since the last look, and gives back the holes in their
  /// slabs.
  /// - Returns: whether all heaps are quiet.
  fileprivate func shrinkQuiet() -> Bool {
    var isQuiet = true
    var some = false
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      let before = heap.record.pointee.front.looked_events & ~(Self.shrunk | Self.wasAtWork)
      let events = heap.activity
      let isLeftAlone = heap.broughtHome <= Int(Self.quietEvents)
      if events &- before > Self.quietEvents || !isLeftAlone {
        heap.record.pointee.front.looked_events = events | Self.wasAtWork
        heap.noteBroughtHome()
        isQuiet = false
      } else if heap.record.pointee.front.looked_events & Self.shrunk == 0 || Inbox.hasAny(of: heap) {
        heap.record.pointee.front.looked_events = before
        some = true
      }
    }
    if !some { return isQuiet }
    emptyIdleHeaps()
    forEachToShrink { $0.postSheavesOfOther() }
    forEachToShrink {
      $0.drain(releasingPages: true)
      $0.noteBroughtHome()
    }
    forEachToShrink { _ = $0.purgeHoles() }
    forEachToShrink { $0.record.pointee.front.looked_events |= Self.shrunk }
    // Threads at work are not disturbed for it: they count themselves when much came home.
    for number in 1..<(count &+ 1) {
      let heap = Self.heap(number)
      let wasAtWork = heap.record.pointee.front.looked_events & Self.wasAtWork != 0
      if !wasAtWork { heap.record.pointee.slack_pages = UInt32(heap.slackPages()) }
    }
    addSlackUp()
    return isQuiet
  }

  /// Tells the zone the sum of what heaps last counted. What is missed by a race is a hint.
  fileprivate func addSlackUp() {
    var slack: UInt64 = 0
    for number in 1..<(count &+ 1) { slack &+= UInt64(Self.heap(number).record.pointee.slack_pages) }
    Zone.shared.record.pointee.slack_pages = slack
  }

  private static func isToShrink(_ heap: Heap) -> Bool {
    let looked = heap.record.pointee.front.looked_events
    return looked & (shrunk | wasAtWork) == 0 && heap.activity &- looked <= quietEvents
  }

  private func forEachToShrink(_ body: (Heap) -> Void) {
    for number in 1..<(count &+ 1) where Self.isToShrink(Self.heap(number)) { body(Self.heap(number)) }
  }
}
