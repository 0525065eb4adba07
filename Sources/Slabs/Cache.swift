// Cache: the slabs of one size class in one heap. Every method wants possession of the heap (Possession.swift).
//
// A slab is carved page by page: the objects that begin in a page join the slab's chain, which links free objects through
// their first words. A slab is in one of three states: full (no list has it), partial (on the cache's list), fresh (the
// one that is being carved). A slab whose objects are all at home is given up at once.
//
// Invariants: `pages` is the sum over all slabs. A full slab has no free object and is carved to its end. `due` is the
// number of objects that were handed out to lists, sheaves, inboxes and the program, except in a full slab, where it is 1.
// So each free counts it down, and it becomes 0 exactly when the slab changes its state: with the first free of a full
// slab, and with the last one of any other.
import CShim
import Pages
import Units

struct Cache {
  let record: UnsafeMutablePointer<quarry_cache>
  let heap: Heap
  let sizeClass: SizeClass
  let zone: Zone

  @inline(__always) init(_ heap: Heap, _ sizeClass: SizeClass) {
    record = quarry_heap_cache(heap.record, sizeClass.rawValue)
    self.heap = heap
    self.sizeClass = sizeClass
    zone = Zone.shared
  }

  typealias Frame = UnsafeMutablePointer<quarry_frame>

  /// Free objects on their way from a slab to a list.
  struct Chain {
    let head: UInt64
    let count: Int
  }

  // MARK: Taking objects

  /// Takes all free objects of one slab: of a partial one if there is any; else of the fresh one, or those that start in
  /// its next page; else of one that an idle heap gives up, or of new pages.
  /// - Returns: an empty chain when there is no memory.
  func takeChain() -> Chain {
    dropFull()
    if record.pointee.first != 0 { return takeAll(zone.frame(PageIndex(record.pointee.first))) }
    if record.pointee.fresh == 0 && !findFresh() { return Chain(head: 0, count: 0) }
    let first = PageIndex(record.pointee.fresh)
    let frame = zone.frame(first)
    if frame.pointee.chain == 0 { carve(first, frame) }
    let chain = takeAll(frame)
    if frame.pointee.carved == frame.pointee.capacity {
      record.pointee.fresh = 0
      becomeFull(frame)
    }
    return chain
  }

  /// The class from which an object is borrowed, rather than taking new pages for a slab of this one: a slightly larger
  /// class that has free objects in a slab. So a program that goes on to other sizes first fills what it left behind.
  /// That is done only while few free pages are resident, since a slab made of those costs no memory; and only for some
  /// objects in a row, so that a size that is freed and requested in turn has a list.
  /// - Parameter room: of this class's list, which is empty. Below 0 it counts the loans since the list was last
  /// filled.
  /// - Returns: nil when this class has free objects itself, or no such class has any.
  @inline(__always) func lender(having room: Int32) -> SizeClass? {
    dropFull()
    if record.pointee.first | record.pointee.fresh != 0 || record.pointee.pages < Tunables.borrowersPages
      || room <= -Tunables.mostLoans || UInt(zone.residentFreeBytes) > zone.extent / Tunables.lendingShare
    {
      return nil
    }
    return largerWithObjects()
  }

  @inline(never) private func largerWithObjects() -> SizeClass? {
    let last = min(sizeClass.rawValue &+ Tunables.lenders, SizeClass.count &- 1)
    var number = sizeClass.rawValue &+ 1
    while number <= last {
      let larger = Cache(heap, SizeClass(number))
      larger.dropFull()
      if larger.record.pointee.first != 0 { return larger.sizeClass }
      number &+= 1
    }
    return nil
  }

  /// Takes one object: for the heap that threads share.
  /// - Returns: 0 when there is no memory.
  func takeOne() -> UInt64 {
    let chain = takeChain()
    if chain.count == 0 { return 0 }
    let page = PageIndex(offset: chain.head)
    let frame = zone.frame(Entry(zone.entry(page).pointee).slab)
    let rest = UInt32(chain.count &- 1)
    if rest == 0 { return chain.head }
    frame.pointee.chain = Link.next(after: chain.head, zone)
    if Int32(frame.pointee.state) == QUARRY_SLAB_FULL {
      frame.pointee.due = UInt32(frame.pointee.capacity)
      prepend(Entry(zone.entry(page).pointee).slab, frame)
    }
    frame.pointee.due &-= rest
    heap.record.pointee.outward &-= UInt64(rest)
    return chain.head
  }

  @inline(__always) private func takeAll(_ frame: Frame) -> Chain {
    let chain = Chain(head: frame.pointee.chain, count: Int(frame.pointee.carved) &- Int(frame.pointee.due))
    frame.pointee.chain = 0
    frame.pointee.due = UInt32(frame.pointee.carved)
    heap.record.pointee.outward &+= UInt64(chain.count)
    return chain
  }

  // MARK: Taking objects home

  /// Takes an object home, which the caller counts in `outward`.
  /// - Precondition: this heap owns its slab.
  func takeHome(_ object: UInt64, _ frame: Frame) {
    zone.word(object).pointee = Link.encode(next: frame.pointee.chain, at: object, zone)
    frame.pointee.chain = object
    frame.pointee.due &-= 1
    if frame.pointee.due == 0 {
      let page = PageIndex(offset: object)
      settle(frame, Entry(zone.entry(page).pointee).slab)
    }
  }

  /// Changes the state of a slab whose `due` became 0: it was full and has a free object now, or all of its objects are
  /// at home.
  func settle(_ frame: Frame, _ first: PageIndex) {
    switch Int32(frame.pointee.state) {
    case QUARRY_SLAB_FULL:
      frame.pointee.due = UInt32(frame.pointee.capacity) &- 1
      if frame.pointee.due == 0 { release(first, frame) } else { append(first, frame) }
    case QUARRY_SLAB_PARTIAL:
      unlist(frame)
      release(first, frame)
    default:
      record.pointee.fresh = 0
      release(first, frame)
    }
  }

  /// Whether an object is in its slab's chain.
  func isHome(_ object: UInt64, _ frame: Frame) -> Bool {
    var next = frame.pointee.chain
    // Another thread may be at work on the chain: the walk is bounded, and ends where it leads astray.
    for _ in 0...frame.pointee.capacity where next != 0 && next < UInt64(zone.extent) {
      if next == object { return true }
      next = Link.decode(at: next, zone)
    }
    return false
  }

  /// Whether `moveSlab` may find one. Read without possession.
  var mayGive: Bool { record.pointee.first | record.pointee.fresh != 0 }

  /// Moves a slab that has free objects to the cache of another heap. Both heaps are possessed.
  /// - Returns: false when there is none.
  func moveSlab(to other: Cache) -> Bool {
    dropFull()
    let first: PageIndex
    if record.pointee.first != 0 {
      first = PageIndex(record.pointee.first)
      unlist(zone.frame(first))
    } else if record.pointee.fresh != 0 {
      first = PageIndex(record.pointee.fresh)
      record.pointee.fresh = 0
    } else {
      return false
    }
    let frame = zone.frame(first)
    record.pointee.pages &-= frame.pointee.pages
    heap.record.pointee.outward &-= UInt64(frame.pointee.due)
    other.heap.record.pointee.outward &+= UInt64(frame.pointee.due)
    // Frees under way may still go to the old owner, who passes them on when it drains its inbox.
    for page in 0..<Int(frame.pointee.pages) {
      let entry = zone.entry(first + page)
      if Entry(entry.pointee).owner != 0 {
        entry.pointee = Entry(owner: other.heap.number, slab: first, sizeClass: sizeClass).rawValue
      }
    }
    other.record.pointee.pages &+= frame.pointee.pages
    if frame.pointee.carved < frame.pointee.capacity {
      other.setFresh(first, frame)
    } else {
      other.prepend(first, frame)
    }
    return true
  }

  // MARK: Slabs

  /// Takes slabs off the front of the list until one has a free object: those whose objects were all taken, and none
  /// came back. If such a slab has holes, one of these is carved again instead.
  @inline(__always) private func dropFull() {
    while record.pointee.first != 0 {
      let first = PageIndex(record.pointee.first)
      let frame = zone.frame(first)
      if frame.pointee.chain != 0 { return }
      if frame.pointee.carved < frame.pointee.capacity { return carve(first, frame) }
      unlist(frame)
      becomeFull(frame)
    }
  }

  @inline(__always) private func becomeFull(_ frame: Frame) {
    frame.pointee.state = UInt8(QUARRY_SLAB_FULL)
    frame.pointee.due = 1
    frame.pointee.holes = 0
  }

  /// Makes a slab the fresh one, now that the list and the last fresh one have no objects: an idle heap's, or a new
  /// one.
  /// - Returns: false when there is no memory.
  private func findFresh() -> Bool {
    if HeapRegistry.shared.adoptSlab(into: self) {
      // A slab that is carved to its end came to the list.
      if record.pointee.fresh == 0 {
        let first = PageIndex(record.pointee.first)
        unlist(zone.frame(first))
        setFresh(first, zone.frame(first))
      }
      return true
    }
    return addSlab()
  }

  /// Objects that fit into so many bytes, by the reciprocal of their size rather than a division.
  @inline(__always) private func count(in bytes: Int) -> Int {
    SizeClass.quotient(bytes, quarry_zone_inverse(zone.record, sizeClass.code))
  }

  private func setFresh(_ first: PageIndex, _ frame: Frame) {
    record.pointee.fresh = first.rawValue
    frame.pointee.state = UInt8(QUARRY_SLAB_FRESH)
  }

  private func addSlab() -> Bool {
    let known = quarry_zone_slab_lengths(zone.record) + sizeClass.rawValue
    if known.pointee == 0 { known.pointee = SlabLengths(sizeClass).rawValue }
    let lengths = SlabLengths(rawValue: known.pointee)
    var pages = lengths.next(having: Int(record.pointee.pages), of: sizeClass)
    var block = ThreadPages(heap).allocate(pages)
    if block == nil {
      pages = sizeClass.leastSlab
      block = zone.allocate(pages)?.first
    }
    guard let first = block else { return false }
    let frame = zone.frame(first)
    frame.pointee = quarry_frame(
      chain: 0, due: 0, next: 0, previous: 0, pages: UInt32(pages), carved: 0,
      capacity: UInt16(count(in: pages &<< Page.shift)), size_class: UInt8(sizeClass.rawValue),
      state: UInt8(QUARRY_SLAB_FRESH), kind: UInt8(QUARRY_FRAME_SLAB), holes: 0)
    for page in 0..<pages { zone.entry(first + page).pointee = Entry.uncarved(slab: first).rawValue }
    record.pointee.pages &+= UInt32(pages)
    record.pointee.fresh = first.rawValue
    return true
  }

  /// Chains the objects that begin in the next page: the first that was never carved or, in a slab with holes, the
  /// first hole.
  private func carve(_ first: PageIndex, _ frame: Frame) {
    let size = sizeClass.objectSize
    let capacity = Int(frame.pointee.capacity)
    let (page, from) = frame.pointee.holes == 0 ? firstUncarved(frame) : firstHole(first, capacity)
    let to = min(capacity, count(in: ((page &+ 1) &<< Page.shift) &+ size &- 1))
    let start = first.offset &+ UInt64(from &* size)
    let key = zone.record.pointee.key
    var offset = start
    for _ in from..<(to &- 1) {
      let next = offset &+ UInt64(size)
      zone.word(offset).pointee = next ^ offset ^ key
      offset = next
    }
    zone.word(offset).pointee = offset ^ key
    if to == capacity {
      // The tail looks like a free object, so that freeing it is noticed.
      let tail = offset &+ UInt64(size)
      let end = first.offset &+ UInt64(frame.pointee.pages) &<< UInt64(Page.shift)
      if tail &+ 8 <= end && tail & UInt64(Page.size &- 1) != 0 { zone.word(tail).pointee = tail ^ key }
    }
    zone.entry(first + page).pointee = Entry(owner: heap.number, slab: first, sizeClass: sizeClass).rawValue
    frame.pointee.carved &+= UInt16(to &- from)
    frame.pointee.chain = start
  }

  private func firstUncarved(_ frame: Frame) -> (page: Int, object: Int) {
    let object = Int(frame.pointee.carved)
    return ((object &* sizeClass.objectSize) &>> Page.shift, object)
  }

  private func release(_ first: PageIndex, _ frame: Frame) {
    let pages = Int(frame.pointee.pages)
    record.pointee.pages &-= frame.pointee.pages
    let end = frame.pointee.holes == 0 ? Int(frame.pointee.carved) : lastCarved(first, frame)
    // In a block that the heap kept, an earlier slab may have touched more than this one carved.
    let carved = min(pages, Page.count(bytes: end &* sizeClass.objectSize &+ 8))
    let touched = pages <= Tunables.keptPages ? pages : carved
    for page in 0..<pages { zone.entry(first + page).pointee = 0 }
    frame.pointee.kind = 0
    ThreadPages(heap).free(first, pages, touched: touched)
  }

  // MARK: The list

  private func prepend(_ page: PageIndex, _ frame: Frame) {
    let old = record.pointee.first
    frame.pointee.previous = 0
    frame.pointee.next = old
    frame.pointee.state = UInt8(QUARRY_SLAB_PARTIAL)
    record.pointee.first = page.rawValue
    if old == 0 {
      record.pointee.last = page.rawValue
    } else {
      zone.frame(PageIndex(old)).pointee.previous = page.rawValue
    }
  }

  private func append(_ page: PageIndex, _ frame: Frame) {
    let old = record.pointee.last
    frame.pointee.previous = old
    frame.pointee.next = 0
    frame.pointee.state = UInt8(QUARRY_SLAB_PARTIAL)
    record.pointee.last = page.rawValue
    if old == 0 {
      record.pointee.first = page.rawValue
    } else {
      zone.frame(PageIndex(old)).pointee.next = page.rawValue
    }
  }

  private func unlist(_ frame: Frame) {
    let next = frame.pointee.next
    let previous = frame.pointee.previous
    if previous == 0 { record.pointee.first = next } else { zone.frame(PageIndex(previous)).pointee.next = next }
    if next == 0 { record.pointee.last = previous } else { zone.frame(PageIndex(next)).pointee.previous = previous }
  }
}
