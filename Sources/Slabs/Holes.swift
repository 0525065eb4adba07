// Holes: whole pages inside a slab that hold no object in use go back to the system, though the slab stays. Their objects
// leave the slab's chain and are as if they had never been carved; when they are needed again, the page is carved again.
import CShim
import Pages
import Platform
import Units

/// Some objects of a slab, by their place in it.
private struct Objects {
  /// A slab of two pages of the smallest objects is the one that has most.
  private var words = InlineArray<16, UInt64>(repeating: 0)
  static var limit: Int { 16 * 64 }

  mutating func insert(_ index: Int) { words[index &>> 6] |= 1 &<< UInt64(index & 63) }
  func contains(_ index: Int) -> Bool { words[index &>> 6] &>> UInt64(index & 63) & 1 != 0 }

  func containsAll(_ range: Range<Int>) -> Bool {
    for index in range where !contains(index) { return false }
    return true
  }

  func containsAny(_ range: Range<Int>) -> Bool {
    for index in range where contains(index) { return true }
    return false
  }
}

extension Cache {
  /// Objects that begin in a page of a slab.
  func starts(inPage page: Int, capacity: Int) -> Range<Int> {
    let size = sizeClass.objectSize
    let from = min(capacity, ((page &<< Page.shift) &+ size &- 1) / size)
    return from..<max(from, min(capacity, (((page &+ 1) &<< Page.shift) &+ size &- 1) / size))
  }

  /// Whether the objects that begin in this page of a slab are in use or in a list of free ones.
  func isCarved(_ first: PageIndex, page: Int) -> Bool { Entry(zone.entry(first + page).pointee).owner != 0 }

  /// In a slab with holes, the first page that is to be carved, and the first object that begins in it.
  /// - Precondition: there is one.
  func firstHole(_ first: PageIndex, _ capacity: Int) -> (page: Int, object: Int) {
    var page = 0
    while true {
      let starts = starts(inPage: page, capacity: capacity)
      if !starts.isEmpty && !isCarved(first, page: page) { return (page, starts.lowerBound) }
      page &+= 1
    }
  }

  /// In a slab with holes, the object after the last that is carved.
  func lastCarved(_ first: PageIndex, _ frame: Frame) -> Int {
    var last = 0
    for page in 0..<Int(frame.pointee.pages) where isCarved(first, page: page) {
      last = starts(inPage: page, capacity: Int(frame.pointee.capacity)).upperBound
    }
    return last
  }

  /// Gives back the whole pages of a slab that hold no object in use, while the heap is possessed, for else somebody might
  /// carve them meanwhile.
  /// - Returns: their number; nil when the system refuses, and some of them stay resident until they are carved again.
  func purgeHoles(slab first: PageIndex) -> Int? {
    let frame = zone.frame(first)
    let size = sizeClass.objectSize
    let capacity = Int(frame.pointee.capacity)
    let pages = Int(frame.pointee.pages)
    // An empty slab goes back as a whole.
    if pages == 1 || frame.pointee.due == 0 || capacity > Objects.limit
      || Int(frame.pointee.carved) &- Int(frame.pointee.due) < Page.size / size
    {
      return 0
    }
    frame.pointee.holes = 1
    var chained = Objects()
    var object = frame.pointee.chain
    while object != 0 {
      chained.insert(Int(object &- first.offset) / size)
      object = Link.next(after: object, zone)
    }
    var free = chained
    for page in 0..<pages where !isCarved(first, page: page) {
      for index in starts(inPage: page, capacity: capacity) { free.insert(index) }
    }

    var holes: UInt32 = 0
    for page in 0..<pages {
      let before = (page &<< Page.shift) / size
      let inside = before..<max(before, starts(inPage: page, capacity: capacity).upperBound)
      // What has no object at home went back already, or holds none at all.
      if free.containsAll(inside) && chained.containsAny(inside) { holes |= 1 &<< UInt32(page) }
    }
    holes = wholeSystemPages(holes, first)
    if holes == 0 { return 0 }
    // Before, because where the system refuses a page, those below it may be gone.
    leaveChain(holes, first, chained)
    return purge(holes, first) ? holes.nonzeroBitCount : nil
  }

  /// The pages whose system page consists of such pages only.
  private func wholeSystemPages(_ pages: UInt32, _ first: PageIndex) -> UInt32 {
    let unit = max(1, Int(zone.record.pointee.system_page) &>> Page.shift)
    if unit == 1 { return pages }
    var whole: UInt32 = 0
    var start = (unit &- first.int & (unit &- 1)) & (unit &- 1)
    while start &+ unit <= 32 {
      let mask = UInt32((1 &<< UInt64(unit)) &- 1) &<< UInt32(start)
      if pages & mask == mask { whole |= mask }
      start &+= unit
    }
    return whole
  }

  private func purge(_ pages: UInt32, _ first: PageIndex) -> Bool {
    var rest = pages
    while rest != 0 {
      let start = rest.trailingZeroBitCount
      let count = (~(rest &>> UInt32(start))).trailingZeroBitCount
      if !System.purge(zone.address(first + start), bytes: UInt(count &<< Page.shift)) { return false }
      rest &= ~(UInt32((1 &<< UInt64(count)) &- 1) &<< UInt32(start))
    }
    return true
  }

  /// Leaves in the chain, in the order of their addresses, what does not begin in the holes.
  private func leaveChain(_ holes: UInt32, _ first: PageIndex, _ chained: Objects) {
    let frame = zone.frame(first)
    let size = sizeClass.objectSize
    var chain: UInt64 = 0
    var gone = 0
    for index in (0..<Int(frame.pointee.capacity)).reversed() where chained.contains(index) {
      if holes &>> UInt32((index &* size) &>> Page.shift) & 1 != 0 {
        gone &+= 1
        continue
      }
      let object = first.offset &+ UInt64(index &* size)
      zone.word(object).pointee = Link.encode(next: chain, at: object, zone)
      chain = object
    }
    for page in 0..<Int(frame.pointee.pages) where holes &>> UInt32(page) & 1 != 0 {
      zone.entry(first + page).pointee = Entry.uncarved(slab: first).rawValue
    }
    frame.pointee.chain = chain
    frame.pointee.carved &-= UInt16(gone)
  }
}

extension Cache {
  /// Purges the holes in all slabs that have objects at home.
  /// - Returns: pages that went back; nil when the system refuses.
  func purgeHoles() -> Int? {
    var purged = 0
    var page = record.pointee.first
    while page != 0 {
      guard let some = purgeHoles(slab: PageIndex(page)) else { return nil }
      purged &+= some
      page = zone.frame(PageIndex(page)).pointee.next
    }
    if record.pointee.fresh == 0 { return purged }
    return purgeHoles(slab: PageIndex(record.pointee.fresh)).map { $0 &+ purged }
  }

  /// Purges the holes in slabs of which little is in use, each once until it is full again, where the frees came in the order of
  /// addresses: slabs that became partial one after the other lie close together then. Elsewhere each object of a chain is a
  /// cache miss, and the slab is likely to become empty soon. Those that became partial last come first.
  /// - Parameter most: slabs that are passed at most in which nothing is looked for.
  /// - Returns: slabs that were looked into; nil when the system refuses.
  func purgeHolesInOrder(passing most: Int) -> Int? {
    let near = max(Page.perPageblock, (Int(zone.extent) &>> Page.shift) / Tunables.nearShare)
    var looked = 0
    var steps = most
    var order = 0
    var page = record.pointee.last
    while page != 0 && looked < Tunables.slabsLookedAt && steps > 0 && order > Tunables.leastOrder {
      let frame = zone.frame(PageIndex(page))
      let previous = frame.pointee.previous
      let isNear = previous != 0 && abs(Int(previous) &- Int(page)) < near
      order = isNear ? min(order &+ 2, Tunables.mostOrder) : order &- 1
      let isLookedAt = frame.pointee.pages == 1 || frame.pointee.holes != 0
      if order > 0 && !isLookedAt && frame.pointee.due &* 4 <= frame.pointee.capacity {
        if purgeHoles(slab: PageIndex(page)) == nil { return nil }
        looked &+= 1
      } else {
        steps &-= 1
      }
      page = previous
    }
    return looked
  }

  /// Bytes of the slabs beyond what their objects in use need.
  var slack: Int {
    var objects = 0
    var page = record.pointee.first
    while page != 0 {
      let frame = zone.frame(PageIndex(page))
      objects &+= Int(frame.pointee.capacity) &- Int(frame.pointee.due)
      page = frame.pointee.next
    }
    return objects &* sizeClass.objectSize
  }
}

extension Heap {
  /// Purges the holes of all slabs, class by class, so that the thread does not wait for long should it go on meanwhile.
  /// - Returns: pages that went back.
  public func purgeHoles() -> Int {
    var purged = 0
    for number in SizeClass.all {
      let cache = Cache(self, SizeClass(number))
      if !cache.mayGive { continue }
      var some: Int? = 0
      _ = possess { some = cache.purgeHoles() }
      guard let some else { break }
      purged &+= some
    }
    return purged
  }

  /// Purges holes where the frees of the calling thread came in the order of addresses.
  /// - Parameter most: slabs of each class that are passed at most.
  /// - Returns: whether there are classes with more to look into.
  @discardableResult func purgeHolesInOrder(passing most: Int = Tunables.slabsPassed) -> Bool {
    var isBehind = false
    for number in SizeClass.all {
      let cache = Cache(self, SizeClass(number))
      if !cache.mayGive { continue }
      var looked: Int?
      _ = possess { looked = cache.purgeHolesInOrder(passing: most) }
      guard let looked else { return false }
      if looked == Tunables.slabsLookedAt { isBehind = true }
    }
    return isBehind
  }

  /// Pages of the slabs beyond what their objects in use need.
  func slackPages() -> Int {
    var slack = 0
    for number in SizeClass.all {
      let cache = Cache(self, SizeClass(number))
      if cache.mayGive { _ = possess { slack &+= cache.slack } }
    }
    return slack &>> Page.shift
  }
}
