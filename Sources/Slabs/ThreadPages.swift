// ThreadPages: free blocks of a few pages that a heap keeps for its next slabs, so that slabs which come and go in bursts
// pass neither the zone's lock nor its books. How many it may keep adapts to the program: more when a block is requested of
// a length that went back for lack of room; the floor again as soon as a request of this thread takes memory that was not
// resident. Every method wants possession of the heap. (After the kernel's per-CPU page lists and their automatic bound,
// `struct per_cpu_pages` and its `high`.)
//
// Invariants: the block lists hold blocks of exactly their length, whose frames are of kind QUARRY_FRAME_KEPT; `pages` is
// the sum of their lengths, at most `Tunables.mostKeptPages`; `unneeded` is at most `pages`, and `widening` at most what is
// between the floor and the most.
import CShim
import Pages
import Units

struct ThreadPages {
  let record: UnsafeMutablePointer<quarry_thread_pages>
  let zone: Zone

  @inline(__always) init(_ heap: Heap) {
    record = quarry_heap_pages(heap.record)
    zone = Zone.shared
  }

  /// A block of exactly `count` pages, from the lists or the zone; nil when there is no memory.
  @inline(__always) func allocate(_ count: Int) -> PageIndex? {
    if let kept = takeKept(count) { return kept }
    guard let block = zone.allocate(count) else { return nil }
    if block.isZero { zone.populate(block.first, count) }
    if block.isNew { narrow() } else { widen(count) }
    return block.first
  }

  /// A block of exactly `count` pages from the lists; nil when they have none.
  @inline(__always) func takeKept(_ count: Int) -> PageIndex? {
    if count > Tunables.keptPages { return nil }
    let list = quarry_thread_pages_list(record, count)
    return list.pointee == 0 ? nil : take(list, count)
  }

  /// Gives a block back, the first `touched` pages of which were written to.
  func free(_ first: PageIndex, _ count: Int, touched: Int) {
    let kept = Int(record.pointee.pages) &+ count
    if count > Tunables.keptPages || kept > limit {
      if count <= Tunables.keptPages { record.pointee.overflow |= bit(count) }
      zone.free(first, count, touched: touched)
      return
    }
    let list = quarry_thread_pages_list(record, count)
    let frame = zone.frame(first)
    frame.pointee.kind = UInt8(QUARRY_FRAME_KEPT)
    frame.pointee.pages = UInt32(count)
    frame.pointee.carved = UInt16(touched)
    frame.pointee.next = list.pointee
    list.pointee = first.rawValue
    record.pointee.pages = UInt32(kept)
  }

  /// Gives back what was not needed since the last call.
  func age() {
    let excess = record.pointee.unneeded
    record.pointee.unneeded = record.pointee.pages
    giveBack(Int(excess))
    record.pointee.widening &-= (record.pointee.widening &+ 7) &>> 3
  }

  /// Gives everything back, and narrows the bound.
  func release() {
    record.pointee.overflow = 0
    record.pointee.widening = 0
    giveBack(Int(record.pointee.pages))
  }

  /// Gives everything back that a wider bound let in, and narrows it.
  func narrow() {
    if record.pointee.widening == 0 { record.pointee.overflow = 0 } else { release() }
  }

  // MARK: The bound

  /// Pages that may be kept. What is beyond the floor is shared when more than a few threads run.
  private var limit: Int {
    let threads = HeapRegistry.shared.activeCount
    let wide = Int(record.pointee.widening)
    let share = threads <= Tunables.wideKeepers ? wide : wide &* Tunables.wideKeepers / threads
    return Tunables.keptFloor &>> Tunables.crowding(threads: threads) &+ share
  }

  /// A block had to come from the zone: if one had gone back there, more may be kept.
  private func widen(_ count: Int) {
    if count > Tunables.keptPages || record.pointee.overflow & bit(count) == 0 { return }
    record.pointee.overflow &= ~bit(count)
    let most = UInt32(Tunables.mostKeptPages &- Tunables.keptFloor)
    record.pointee.widening = min(most, record.pointee.widening &* 2 &+ UInt32(Tunables.keptFloor))
  }

  @inline(__always) private func bit(_ count: Int) -> UInt32 { 1 &<< UInt32(count &- 1) }

  // MARK: Blocks

  private func take(_ list: UnsafeMutablePointer<UInt32>, _ count: Int) -> PageIndex {
    let first = PageIndex(list.pointee)
    let frame = zone.frame(first)
    list.pointee = frame.pointee.next
    frame.pointee.kind = 0
    record.pointee.pages &-= UInt32(count)
    if record.pointee.pages < record.pointee.unneeded { record.pointee.unneeded = record.pointee.pages }
    return first
  }

  /// Gives back blocks of `pages` pages or a little more, shortest first.
  private func giveBack(_ pages: Int) {
    var left = pages
    for count in 1...Tunables.keptPages where left > 0 {
      let list = quarry_thread_pages_list(record, count)
      while left > 0 && list.pointee != 0 {
        let first = take(list, count)
        zone.free(first, count, touched: Int(zone.frame(first).pointee.carved))
        left &-= count
      }
    }
  }
}

/// A sample's pages come and go like a slab's: by way of the thread's heap they pass the zone's lock and books as seldom.
extension Heap {
  /// Takes a block of exactly `count` pages from those that the thread's heap keeps; nil when it keeps none.
  public func takeKeptPages(_ count: Int) -> PageIndex? {
    enter()
    defer { leave() }
    return ThreadPages(self).takeKept(count)
  }

  /// Gives a block that nobody else knows to the thread's heap, or to the zone where the heap has enough.
  public func keepPages(_ first: PageIndex, _ count: Int) {
    enter()
    ThreadPages(self).free(first, count, touched: count)
    leave()
  }
}
