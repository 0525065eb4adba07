// Cache: the slabs of one size class in one heap. Every method wants the heap's lock held.
//
// Invariants: a slab is on the list exactly when it has a free object at home or pages that were never carved;
// chained <= carved <= capacity in each slab; the cache's counts are the sums over its slabs; `spare` is 0 or an empty
// slab of the list, and every other empty slab has gone back to the zone.
import CShim
import Pages
import Units

struct Cache {
  let record: UnsafeMutablePointer<quarry_cache>
  let owner: UInt32
  let sizeClass: SizeClass
  let zone: Zone

  @inline(__always) init(_ heap: UnsafeMutablePointer<quarry_heap>, _ sizeClass: SizeClass) {
    record = quarry_heap_cache(heap, sizeClass.rawValue)
    owner = heap.pointee.front.number
    self.sizeClass = sizeClass
    zone = Zone.shared
  }

  /// Free objects on their way from a slab to a list.
  struct Chain {
    let head: UInt64
    let count: Int
  }

  /// Takes all free objects of the fullest slab, or carves the next page of one: never more than a page that was not
  /// touched before.
  /// - Returns: nil when there is no slab and the zone has no pages.
  func takeChain() -> Chain? {
    if record.pointee.first == 0, !addSlab() { return nil }
    let first = PageIndex(record.pointee.first)
    let frame = zone.frame(first)
    if frame.pointee.chained == 0 { carve(first, frame) }
    let chain = Chain(head: frame.pointee.chain, count: Int(frame.pointee.chained))
    frame.pointee.chain = 0
    frame.pointee.chained = 0
    record.pointee.chained &-= UInt32(chain.count)
    leaveListIfFull(first, frame)
    return chain
  }

  /// Takes one object: for the heap that threads share.
  func takeOne() -> UInt64? {
    if record.pointee.first == 0, !addSlab() { return nil }
    let first = PageIndex(record.pointee.first)
    let frame = zone.frame(first)
    if frame.pointee.chained == 0 { carve(first, frame) }
    let object = frame.pointee.chain
    frame.pointee.chain = Link.next(after: object, zone)
    frame.pointee.chained &-= 1
    record.pointee.chained &-= 1
    leaveListIfFull(first, frame)
    return object
  }

  /// Takes an object home.
  /// - Precondition: `first` is the first page of its slab, and this heap owns it.
  func takeHome(_ object: UInt64, slab first: PageIndex) {
    let frame = zone.frame(first)
    zone.word(object).pointee = Link.encode(next: frame.pointee.chain, at: object, zone)
    frame.pointee.chain = object
    let chained = frame.pointee.chained &+ 1
    frame.pointee.chained = chained
    record.pointee.chained &+= 1
    if chained == frame.pointee.carved {
      if record.pointee.spare == 0 {
        record.pointee.spare = first.rawValue
        if frame.pointee.listed != 0 { unlist(first, frame) }
        append(first, frame)
      } else {
        release(first, frame)
      }
    } else if frame.pointee.listed == 0 {
      prepend(first, frame)
    } else if chained &* 2 == frame.pointee.carved {
      // Emptier slabs move behind fuller ones, so that they may become empty altogether.
      unlist(first, frame)
      append(first, frame)
    }
  }

  /// Whether an object is in its slab's chain.
  func isHome(_ object: UInt64, slab first: PageIndex) -> Bool {
    let frame = zone.frame(first)
    var next = frame.pointee.chain
    while next != 0 {
      if next == object { return true }
      next = Link.next(after: next, zone)
    }
    return false
  }

  /// Gives the spare slab back to the zone.
  func releaseSpare() {
    if record.pointee.spare == 0 { return }
    let first = PageIndex(record.pointee.spare)
    release(first, zone.frame(first))
  }

  /// Moves the first slab of the list, if any, to the cache of another heap, whose lock is held, too.
  func moveSlab(to other: Cache) -> Bool {
    if record.pointee.first == 0 { return false }
    let first = PageIndex(record.pointee.first)
    let frame = zone.frame(first)
    unlist(first, frame)
    if record.pointee.spare == first.rawValue { record.pointee.spare = 0 }
    count(frame, leaving: true)
    // Frees under way may still go to the old owner, who passes them on when it drains its inbox.
    for page in 0..<Int(frame.pointee.pages) {
      let entry = zone.entry(first + page)
      if Entry(entry.pointee).owner != 0 {
        entry.pointee = Entry(owner: other.owner, pageInSlab: page, sizeClass: sizeClass).rawValue
      }
    }
    other.count(frame, leaving: false)
    other.prepend(first, frame)
    return true
  }

  // MARK: Slabs

  private func addSlab() -> Bool {
    var pages = sizeClass.slabPages(having: Int(record.pointee.pages))
    var block = zone.allocate(pages)
    if block == nil {
      pages = sizeClass.shortestSlab
      block = zone.allocate(pages)
    }
    guard let block else { return false }
    let frame = zone.frame(block.first)
    frame.pointee = quarry_frame(
      chain: 0, next: 0, previous: 0, chained: 0, carved: 0,
      capacity: UInt16((pages &<< Page.shift) / sizeClass.objectSize),
      size_class: UInt8(sizeClass.rawValue), listed: 0, pages: UInt32(pages), kind: UInt32(QUARRY_FRAME_SLAB))
    for page in 0..<pages { zone.entry(block.first + page).pointee = Entry.uncarved(pageInSlab: page).rawValue }
    count(frame, leaving: false)
    prepend(block.first, frame)
    return true
  }

  /// Chains the objects that start in the page of the first object that was never handed out.
  private func carve(_ first: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    let size = sizeClass.objectSize
    let from = Int(frame.pointee.carved)
    let capacity = Int(frame.pointee.capacity)
    let page = (from &* size) &>> Page.shift
    let to = min(capacity, (((page &+ 1) &<< Page.shift) &+ size &- 1) / size)
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
    zone.entry(first + page).pointee = Entry(owner: owner, pageInSlab: page, sizeClass: sizeClass).rawValue
    frame.pointee.carved = UInt16(to)
    frame.pointee.chain = start
    frame.pointee.chained = UInt16(to &- from)
    record.pointee.carved &+= UInt32(to &- from)
    record.pointee.chained &+= UInt32(to &- from)
  }

  private func release(_ first: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    if frame.pointee.listed != 0 { unlist(first, frame) }
    if record.pointee.spare == first.rawValue { record.pointee.spare = 0 }
    count(frame, leaving: true)
    let pages = Int(frame.pointee.pages)
    for page in 0..<pages { zone.entry(first + page).pointee = 0 }
    frame.pointee.kind = 0
    let touched = min(pages, Page.count(bytes: Int(frame.pointee.carved) &* sizeClass.objectSize &+ 8))
    zone.free(first, pages, touched: touched)
  }

  private func count(_ frame: UnsafeMutablePointer<quarry_frame>, leaving: Bool) {
    if leaving {
      record.pointee.pages &-= frame.pointee.pages
      record.pointee.carved &-= UInt32(frame.pointee.carved)
      record.pointee.chained &-= UInt32(frame.pointee.chained)
    } else {
      record.pointee.pages &+= frame.pointee.pages
      record.pointee.carved &+= UInt32(frame.pointee.carved)
      record.pointee.chained &+= UInt32(frame.pointee.chained)
    }
  }

  // MARK: The list

  private func leaveListIfFull(_ first: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    if record.pointee.spare == first.rawValue { record.pointee.spare = 0 }
    if frame.pointee.chained == 0 && frame.pointee.carved == frame.pointee.capacity { unlist(first, frame) }
  }

  private func prepend(_ page: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    let old = record.pointee.first
    frame.pointee.previous = 0
    frame.pointee.next = old
    frame.pointee.listed = 1
    record.pointee.first = page.rawValue
    if old == 0 {
      record.pointee.last = page.rawValue
    } else {
      zone.frame(PageIndex(old)).pointee.previous = page.rawValue
    }
  }

  private func append(_ page: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    let old = record.pointee.last
    frame.pointee.previous = old
    frame.pointee.next = 0
    frame.pointee.listed = 1
    record.pointee.last = page.rawValue
    if old == 0 {
      record.pointee.first = page.rawValue
    } else {
      zone.frame(PageIndex(old)).pointee.next = page.rawValue
    }
  }

  private func unlist(_ page: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>) {
    let next = frame.pointee.next
    let previous = frame.pointee.previous
    if previous == 0 { record.pointee.first = next } else { zone.frame(PageIndex(previous)).pointee.next = next }
    if next == 0 { record.pointee.last = previous } else { zone.frame(PageIndex(next)).pointee.previous = previous }
    frame.pointee.listed = 0
  }
}
