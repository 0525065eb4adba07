// Where every page and every object is, found by looking at all of them, for tests.
#if DEBUG
  import CShim
  import Pages
  import Units

  /// All pages and objects of the heap at one moment. Each is in exactly one place, or there is no census.
  public struct Census {
    /// Objects of one class. What was carved and is neither at home nor away belongs to the program.
    public struct Objects: Equatable {
      public var slabs = 0
      public var pages = 0
      public var carved = 0
      public var home = 0
      public var away = 0
      public var live: Int { carved - home - away }
    }

    public fileprivate(set) var classes = Array(repeating: Objects(), count: SizeClass.count)
    /// Lengths of the runs of pages, by first page.
    public fileprivate(set) var runs: [Int: Int] = [:]
    public fileprivate(set) var freePages = 0
    /// Free pages that heaps keep for their next slabs.
    public fileprivate(set) var keptPages = 0
    fileprivate var keptBlocks: Set<UInt32> = []
    /// Pages that are nobody's: the system did not map them anew after their content had moved elsewhere.
    public fileprivate(set) var lostPages = 0
    fileprivate var slabs: [SlabRecord] = []
    /// Index into `slabs` of each page, -1 for pages of no slab.
    fileprivate var slabOfPage: [Int] = []

    /// Whether the object that begins at an offset belongs to the program.
    public func isLive(_ offset: UInt64) -> Bool {
      let slab = slabOfPage[PageIndex(offset: offset).int]
      guard slab >= 0 else { return false }
      return slabs[slab].state(of: offset) == .live
    }

    public var live: Int { classes.reduce(0) { $0 + $1.live } }
  }

  private enum ObjectState: UInt8 { case uncarved, live, home, away }

  private struct SlabRecord {
    let first: PageIndex
    let frame: UnsafeMutablePointer<quarry_frame>
    let owner: UInt32
    let sizeClass: SizeClass
    let objectSize: Int
    var objects: [ObjectState]
    /// What the cache that was walked says of it: full unless it was found there.
    var place = UInt8(QUARRY_SLAB_FULL)

    func state(of offset: UInt64) -> ObjectState? {
      let position = Int(offset - first.offset)
      guard position % objectSize == 0, position / objectSize < objects.count else { return nil }
      return objects[position / objectSize]
    }

    mutating func enter(_ offset: UInt64, as state: ObjectState) throws {
      let position = Int(offset - first.offset)
      try BrokenInvariant.unless(position % objectSize == 0, "free object \(offset) begins within an object")
      let index = position / objectSize
      try BrokenInvariant.unless(
        index < objects.count && objects[index] != .uncarved, "free object \(offset) was never carved")
      try BrokenInvariant.unless(objects[index] == .live, "object \(offset) is free in two places")
      objects[index] = state
    }
  }

  extension HeapRegistry {
    /// A census, after the invariants of the zone, of every cache, list, sheaf and inbox were verified.
    /// - Precondition: the heap is up, and no thread is at work in it.
    public func verifiedCensus() throws -> Census {
      var census = Census()
      try takePages(&census)
      // The shared heap has no number before it is needed.
      for number in 1..<(count + 1) where Self.heap(number).record.pointee.front.tag != 0 {
        try takeHeap(Self.heap(number), &census)
      }
      for slab in census.slabs {
        try BrokenInvariant.unless(
          slab.place == slab.frame.pointee.state,
          "slab \(slab.first.int): state is \(slab.frame.pointee.state), and it was found as \(slab.place)")
      }
      census.keptBlocks.subtract(Zone.shared.unmergedRuns)
      try BrokenInvariant.unless(census.keptBlocks.isEmpty, "pages \(census.keptBlocks) are kept by no heap")
      try verifyIdleHeaps()
      return census
    }

    // MARK: Pages

    private func takePages(_ census: inout Census) throws {
      let zone = Zone.shared
      let opened = Int(zone.extent >> UInt(Page.shift))
      census.slabOfPage = Array(repeating: -1, count: opened)
      var blocks = try zone.verifiedBlocks()[...]
      var page = 1
      while page < opened {
        let frame = zone.frame(PageIndex(page))
        if let block = blocks.first, block.page <= page {
          try BrokenInvariant.unless(block.page == page, "free block \(block) is in use, too")
          for page in page..<block.end { try verifyBare(page, 0) }
          try BrokenInvariant.unless(
            zone.entry(PageIndex(page)).pointee == 0, "free page \(page) has an entry")
          census.freePages += block.end - page
          page = block.end
          blocks.removeFirst()
        } else if frame.pointee.kind == QUARRY_FRAME_SLAB {
          try takeSlab(PageIndex(page), frame, &census)
          page += Int(frame.pointee.pages)
        } else if frame.pointee.kind == QUARRY_FRAME_KEPT {
          census.keptBlocks.insert(UInt32(page))
          census.keptPages += Int(frame.pointee.pages)
          for page in page..<(page + Int(frame.pointee.pages)) {
            try BrokenInvariant.unless(zone.entry(PageIndex(page)).pointee == 0, "kept page \(page) has an entry")
          }
          page += Int(frame.pointee.pages)
        } else if frame.pointee.kind == 0 {
          try verifyBare(page, 0)
          census.lostPages += 1
          page += 1
        } else {
          let isRun =
            (frame.pointee.kind == QUARRY_FRAME_RUN || frame.pointee.kind == QUARRY_FRAME_SAMPLED)
            && Entry(zone.entry(PageIndex(page)).pointee).isRun
          try BrokenInvariant.unless(isRun, "page \(page) is neither free nor in use")
          let pages = Int(frame.pointee.pages)
          for page in (page + 1)..<(page + pages) { try verifyBare(page, 0) }
          census.runs[page] = pages
          page += pages
        }
      }
    }

    /// A page that begins nothing has no kind, and this entry.
    private func verifyBare(_ page: Int, _ entry: UInt64) throws {
      let found = Zone.shared.entry(PageIndex(page)).pointee
      try BrokenInvariant.unless(found == entry, "page \(page): entry \(found), not \(entry)")
      let kind = Zone.shared.frame(PageIndex(page)).pointee.kind
      try BrokenInvariant.unless(kind == 0, "page \(page): kind \(kind) within a block")
    }

    private func takeSlab(
      _ first: PageIndex, _ frame: UnsafeMutablePointer<quarry_frame>, _ census: inout Census
    ) throws {
      let sizeClass = SizeClass(Int(frame.pointee.size_class))
      let size = sizeClass.objectSize
      let pages = Int(frame.pointee.pages)
      let carved = Int(frame.pointee.carved)
      let entries = (0..<pages).map { Entry(Zone.shared.entry(first + $0).pointee) }
      let owner = entries.first { $0.owner != 0 }?.owner ?? 0
      let name = "slab \(first.int)"
      try BrokenInvariant.unless(owner >= 1 && owner <= count, "\(name) belongs to heap \(owner)")
      try BrokenInvariant.unless(
        Int(frame.pointee.capacity) == (pages << Page.shift) / size,
        "\(name): capacity \(frame.pointee.capacity)")
      try BrokenInvariant.unless(
        carved <= Int(frame.pointee.capacity), "\(name): \(carved) carved of \(frame.pointee.capacity)")
      // The objects that begin in a carved page were handed out; all others never were, or were purged.
      var objects = Array(repeating: ObjectState.uncarved, count: Int(frame.pointee.capacity))
      for page in 0..<pages {
        let isCarved = entries[page].owner != 0
        let entry =
          isCarved
          ? Entry(owner: owner, slab: first, sizeClass: sizeClass) : Entry.uncarved(slab: first)
        if page > 0 { try verifyBare((first + page).int, entry.rawValue) }
        try BrokenInvariant.unless(entries[page].rawValue == entry.rawValue, "\(name): entry of page \(page)")
        for index in objects.indices where isCarved && (index * size) >> Page.shift == page { objects[index] = .live }
        census.slabOfPage[(first + page).int] = census.slabs.count
      }
      let live = objects.count { $0 == .live }
      try BrokenInvariant.unless(live == carved, "\(name): \(live) objects are carved, not \(carved)")
      census.slabs.append(
        SlabRecord(
          first: first, frame: frame, owner: owner, sizeClass: sizeClass, objectSize: size,
          objects: objects))
      try walk(frame.pointee.chain, &census, as: .home, name) { $0.first == first }
      let chained = census.slabs[census.slabs.count - 1].objects.count { $0 == .home }
      let isFull = frame.pointee.state == QUARRY_SLAB_FULL
      try BrokenInvariant.unless(
        isFull
          ? chained == 0 && carved == Int(frame.pointee.capacity) && frame.pointee.due == 1
          : carved - chained == Int(frame.pointee.due),
        "\(name): \(chained) of \(carved) in the chain, \(frame.pointee.due) due in state \(frame.pointee.state)")
      census.classes[sizeClass.rawValue].slabs += 1
      census.classes[sizeClass.rawValue].pages += pages
      census.classes[sizeClass.rawValue].carved += carved
      census.classes[sizeClass.rawValue].home += chained
    }

    // MARK: Objects

    /// Enters the objects of a chain.
    /// - Parameter belongs: whether an object of a slab may be in the chain.
    /// - Returns: their number, and the last.
    @discardableResult
    private func walk(
      _ head: UInt64, _ census: inout Census, as state: ObjectState, _ name: String, belongs: (SlabRecord) -> Bool
    ) throws -> (count: Int, tail: UInt64) {
      let zone = Zone.shared
      var object = head
      var count = 0
      var tail: UInt64 = 0
      while object != 0 {
        try BrokenInvariant.unless(object < UInt64(zone.extent), "\(name): a link leads out of the zone")
        let slab = census.slabOfPage[PageIndex(offset: object).int]
        try BrokenInvariant.unless(slab >= 0 && belongs(census.slabs[slab]), "\(name): \(object) does not belong there")
        // An object that comes twice ends the walk, so circles do.
        try census.slabs[slab].enter(object, as: state)
        count += 1
        tail = object
        object = Link.decode(at: object, zone)
      }
      return (count, tail)
    }

    private func takeHeap(_ heap: Heap, _ census: inout Census) throws {
      try BrokenInvariant.unless(!heap.lock.isHeld, "the lock of heap \(heap.number) is held")
      try BrokenInvariant.unless(!heap.isBusy, "heap \(heap.number) is busy")
      try BrokenInvariant.unless(
        heap.record.pointee.front.tag == Entry.tag(heap.number),
        "heap \(heap.number) is claimed, or has a wrong number")
      let isIdle = heap.record.pointee.state == QUARRY_HEAP_IDLE
      var bytesPosted = 0
      for number in SizeClass.all {
        let sizeClass = SizeClass(number)
        try verifyCache(Cache(heap, sizeClass), &census)

        let name = "heap \(heap.number), class \(number)"
        let belongs: (SlabRecord) -> Bool = { $0.sizeClass.rawValue == number }
        let list = heap.list(sizeClass).pointee
        let listed = try walk(list.head, &census, as: .away, "list of \(name)", belongs: belongs).count
        let inbox = Inbox(heap, sizeClass)
        let posted = try walk(inbox.head, &census, as: .away, "inbox of \(name)", belongs: belongs).count
        try BrokenInvariant.unless(
          posted == inbox.count, "inbox of \(name): \(posted) objects, not \(inbox.count)")
        try BrokenInvariant.unless(
          !isIdle || posted == 0, "\(name) is idle and \(posted) objects wait for it")
        bytesPosted += posted * sizeClass.objectSize
        census.classes[number].away += listed + posted
      }
      try BrokenInvariant.unless(
        bytesPosted == Int(quarry_heap_posted(heap.record).pointee),
        "heap \(heap.number): \(bytesPosted) bytes wait, not \(quarry_heap_posted(heap.record).pointee)")
      try verifyOutside(heap, census)
      try takeKept(heap, &census)
      for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
        let sheaf = quarry_heap_sheaf(heap.record, slot).pointee
        if sheaf.key == 0 {
          try BrokenInvariant.unless(
            sheaf.head == 0, "sheaf \(slot) of heap \(heap.number) is not in use and leads to objects")
          continue
        }
        let number = Int(sheaf.key & 0xff)
        let held = try walk(sheaf.head, &census, as: .away, "sheaf \(slot) of heap \(heap.number)") {
          $0.sizeClass.rawValue == number
        }
        try BrokenInvariant.unless(
          held.count == Int(sheaf.count) && held.tail == sheaf.tail,
          "sheaf \(slot) of heap \(heap.number): \(held.count) objects, not \(sheaf.count), or another tail")
        try BrokenInvariant.unless(!isIdle, "sheaf \(slot) of idle heap \(heap.number) is in use")
        census.classes[number].away += held.count
      }
    }

    private func verifyOutside(_ heap: Heap, _ census: Census) throws {
      let outside = census.slabs.reduce(0) { sum, slab in
        slab.owner == heap.number ? sum + slab.objects.count { $0 != .uncarved && $0 != .home } : sum
      }
      try BrokenInvariant.unless(
        heap.objectsOutside == outside,
        "heap \(heap.number) has \(outside) objects outside, not \(heap.objectsOutside)")
    }

    private func takeKept(_ heap: Heap, _ census: inout Census) throws {
      let kept = ThreadPages(heap)
      var pages = 0
      for count in 1...Tunables.keptPages {
        var page = quarry_thread_pages_list(kept.record, count).pointee
        while page != 0 {
          try BrokenInvariant.unless(
            census.keptBlocks.remove(page) != nil, "heap \(heap.number) keeps page \(page), which is not free")
          let length = Int(kept.zone.frame(PageIndex(page)).pointee.pages)
          try BrokenInvariant.unless(length == count, "heap \(heap.number): \(length) pages among blocks of \(count)")
          pages += count
          page = kept.zone.frame(PageIndex(page)).pointee.next
        }
      }
      let record = kept.record.pointee
      try BrokenInvariant.unless(
        pages == Int(record.pages) && record.unneeded <= record.pages,
        "heap \(heap.number) keeps \(pages) pages, not \(record.pages), of which \(record.unneeded) were not needed")
      try BrokenInvariant.unless(
        pages <= Tunables.mostKeptPages && Int(record.widening) <= Tunables.mostKeptPages - Tunables.keptFloor,
        "heap \(heap.number) keeps \(pages) pages, \(record.widening) of them by a wider bound: too many")
    }

    // MARK: Caches

    private func verifyCache(_ cache: Cache, _ census: inout Census) throws {
      let zone = Zone.shared
      let record = cache.record.pointee
      let name = "cache \(cache.sizeClass.rawValue) of heap \(cache.heap.number)"
      func find(_ page: UInt32, as place: Int32) throws -> SlabRecord {
        let index = census.slabOfPage[Int(page)]
        try BrokenInvariant.unless(
          index >= 0 && census.slabs[index].place == UInt8(QUARRY_SLAB_FULL), "\(name) leads astray at page \(page)")
        let slab = census.slabs[index]
        try BrokenInvariant.unless(
          slab.first.rawValue == page && slab.owner == cache.heap.number && slab.sizeClass == cache.sizeClass,
          "\(name) has slab \(page) of another cache")
        census.slabs[index].place = UInt8(place)
        return slab
      }
      var previous: UInt32 = 0
      var page = record.first
      while page != 0 {
        let slab = try find(page, as: QUARRY_SLAB_PARTIAL)
        try BrokenInvariant.unless(slab.frame.pointee.previous == previous, "\(name): list back from \(page)")
        try BrokenInvariant.unless(slab.frame.pointee.due > 0, "\(name): slab \(page) is empty")
        previous = page
        page = zone.frame(PageIndex(page)).pointee.next
      }
      try BrokenInvariant.unless(record.last == previous, "\(name): last is \(record.last), not \(previous)")
      if record.fresh != 0 {
        let slab = try find(record.fresh, as: QUARRY_SLAB_FRESH)
        try BrokenInvariant.unless(slab.frame.pointee.due > 0, "\(name): the fresh slab is empty")
      }
      let pages = census.slabs.reduce(0) {
        $1.owner == cache.heap.number && $1.sizeClass == cache.sizeClass ? $0 + $1.frame.pointee.pages : $0
      }
      try BrokenInvariant.unless(pages == record.pages, "\(name) counts \(record.pages) pages, not \(pages)")
    }

    private func verifyIdleHeaps() throws {
      var idle: Set<UInt32> = []
      var number = record.pointee.idle_head
      while number != 0 {
        try BrokenInvariant.unless(idle.insert(number).inserted, "the list of idle heaps is a circle")
        number = Self.heap(number).record.pointee.front.next_idle
      }
      try BrokenInvariant.unless(idle.count == Int(record.pointee.idle_count), "idle_count is wrong")
      var active = 0
      for number in 1..<(count + 1) {
        let isIdle = Self.heap(number).record.pointee.state == QUARRY_HEAP_IDLE
        if Self.heap(number).record.pointee.front.tag != 0 && !isIdle { active += 1 }
        try BrokenInvariant.unless(
          idle.contains(number) == (isIdle && number != 1),
          "heap \(number): idle is \(isIdle)")
      }
      try BrokenInvariant.unless(active == Int(record.pointee.active_count), "active_count is wrong")
    }
  }
#endif
