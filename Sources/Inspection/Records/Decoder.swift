// Decoder: from the copied records to a snapshot. It trusts nothing that it reads: every index is checked against what
// was copied, every walk is bounded, and what cannot be is noted as a contradiction.

import CInspection

struct Decoder {
  let image: HeapImage
  let source: any MemorySource
  let cache: PageCache
  /// Bytes from one object to the next, by cache: the size classes, then the named caches that were met.
  var sizes: [Int]
  /// Number of size classes.
  let classes: Int
  var named = NamedCaches()
  /// The slabs of the atomic reserve, by address.
  var reserve: [UInt: quarry_reserve_slab] = [:]
  var snapshot: Snapshot
  /// By page, one more than the index of the slab that it belongs to; 0 for none.
  var slabOfPage: [Int32]
  /// What a page was counted as.
  private var counted: [UInt8]
  private var contradictionCount = 0

  init(_ image: HeapImage, _ source: any MemorySource) {
    self.image = image
    self.source = source
    cache = PageCache(source, base: image.base)
    sizes = image.objectSizes
    classes = sizes.count
    snapshot = Snapshot(target: source.name)
    slabOfPage = [Int32](repeating: 0, count: image.pages)
    counted = [UInt8](repeating: 0, count: image.pages)
  }

  /// Notes what cannot be; the first few in words.
  mutating func contradict(_ what: @autoclosure () -> String) {
    contradictionCount += 1
    if contradictionCount <= 8 { snapshot.contradictions.append(what()) }
  }

  mutating func decodeZone() {
    let zone = image.zone.pointee
    snapshot.zone = ZoneFigures(
      base: image.base, spannedPages: image.pages,
      skippedPages: Int(truncatingIfNeeded: min(zone.skipped_pages, UInt64(image.pages))),
      touchedFreePages: Int(truncatingIfNeeded: min(zone.touched_free_pages, UInt64(image.pages))),
      keepFloorPages: Int(clamping: zone.keep_floor),
      refusedPages: Int(truncatingIfNeeded: min(zone.refused_pages, UInt64(image.pages))),
      limitPages: Int(clamping: zone.limit_pages),
      minPages: Int(clamping: min(zone.min_pages, zone.limit_pages)), purgedPages: Int(clamping: zone.purged_pages),
      lockCount: zone.lock_count, pageBlocks: pageBlocks, window: zone.window, key: zone.key)
    snapshot.metadata = image.tables
    snapshot.areas = image.areas.map { Area(address: $0.address, bytes: $0.bytes) }
    snapshot.caches = sizes.map { Cache(name: "malloc-\($0)", objectSize: $0) }
  }

  private var pageBlocks: [MigrateType: Int] {
    let counts = quarry_zone_typed_blocks(image.zone)
    return Dictionary(
      uniqueKeysWithValues: MigrateType.allCases.map { ($0, min(Int(counts[Int($0.rawValue)]), image.pages >> 9)) })
  }

  /// Claims pages for one block.
  /// - Returns: false when they reach beyond the zone or belong to another block already.
  mutating func claim(_ page: Int, _ count: Int) -> Bool {
    guard count > 0, page <= image.pages - count else { return false }
    for page in page..<(page + count) where counted[page] != 0 { return false }
    for page in page..<(page + count) { counted[page] = 1 }
    return true
  }

  // MARK: Pages

  mutating func decodeFreeBlocks() {
    let zone = image.zone
    for giga in 0..<((image.pages + 1 << 18 - 1) >> 18) {
      addFree(quarry_gigablock_map(quarry_zone_gigablock(zone, giga)), from: giga << 18, leafOrder: 9, .movable)
    }
    for number in 0..<((image.pages + 511) >> 9) {
      let block = quarry_zone_pageblock(zone, number)
      let type = MigrateType(rawValue: block.pointee.migrate_type) ?? .movable
      addFree(quarry_pageblock_map(block), from: number << 9, leafOrder: 0, type)
    }
    snapshot.freeBlocks.sort { $0.page < $1.page }
    snapshot.zone.freePages = snapshot.freeBlocks.reduce(0) { $0 + $1.pages }
  }

  /// The free blocks of one map: each is as large as its alignment and the free leaves allow.
  private mutating func addFree(
    _ map: UnsafeMutablePointer<quarry_buddy_map>, from page: Int, leafOrder: Int, _ type: MigrateType
  ) {
    let words = UnsafeBufferPointer(start: quarry_buddy_map_free(map), count: 8)
    func isFree(_ leaf: Int) -> Bool { words[leaf >> 6] >> UInt64(leaf & 63) & 1 != 0 }
    var leaf = 0
    while leaf < 512 {
      if !isFree(leaf) {
        leaf += 1
        continue
      }
      var order = 0
      while order < 9, leaf & (2 << order - 1) == 0, (leaf + 1 << order..<leaf + 2 << order).allSatisfy(isFree) {
        order += 1
      }
      let block = FreeBlock(page: page + leaf << leafOrder, order: order + leafOrder, migrateType: type)
      if claim(block.page, block.pages) {
        snapshot.freeBlocks.append(block)
      } else {
        contradict("the free block of order \(block.order) at page \(block.page) is in use, or beyond the zone")
      }
      leaf += 1 << order
    }
  }

  /// Slabs and runs, by the page map.
  mutating func decodeBlocks() throws {
    var page = 0
    while page < image.pages {
      let isBlock = try decodeBlock(page)
      page += isBlock ? Int(image.frames[page].pages) : 1
    }
  }

  /// What the page map says of a page that no block before it claimed.
  /// - Returns: whether a block of as many pages as its frame says begins there.
  private mutating func decodeBlock(_ first: Int) throws -> Bool {
    let entry = image.pageMap[first]
    if entry == 0 { return decodeKept(first) }
    if entry == QUARRY_ENTRY_RUN { return decodeRun(first) }
    if entry & 0xff == QUARRY_ENTRY_KERNEL, Self.slab(entry) == first, kind(first) >= QUARRY_FRAME_CACHE {
      return try decodeKernelBlock(first)
    }
    return decodeSlab(first, entry)
  }

  private func kind(_ page: Int) -> Int32 { Int32(image.frames[page].kind) }

  private mutating func decodeKept(_ first: Int) -> Bool {
    let pages = Int(image.frames[first].pages)
    guard kind(first) == QUARRY_FRAME_KEPT, counted[first] == 0, claim(first, pages) else { return false }
    snapshot.kept.append(Run(page: first, pages: pages))
    return true
  }

  private mutating func decodeRun(_ first: Int) -> Bool {
    let pages = Int(image.frames[first].pages)
    guard claim(first, pages) else {
      contradict("the block at page \(first) has \(pages) pages")
      return false
    }
    snapshot.runs.append(Run(page: first, pages: pages))
    if kind(first) == QUARRY_FRAME_SAMPLED { addSample(first, pages) }
    return true
  }

  /// The kernel interface has slabs of named caches and of its reserve, and pages. A slab of the reserve of which its
  /// records do not tell is whole pages here.
  private mutating func decodeKernelBlock(_ first: Int) throws -> Bool {
    let pages = Int(image.frames[first].pages)
    let kind = kind(first)
    if kind == QUARRY_FRAME_CACHE, try decodeNamedSlab(first) { return true }
    if kind == QUARRY_FRAME_ATOMIC, try decodeReserveSlab(first) { return true }
    guard kind != QUARRY_FRAME_CACHE, claim(first, pages) else {
      contradict("the kernel interface's block at page \(first) has \(pages) pages")
      return false
    }
    snapshot.runs.append(Run(page: first, pages: pages, isReserve: kind == QUARRY_FRAME_ATOMIC))
    return true
  }

  private mutating func decodeSlab(_ first: Int, _ entry: UInt64) -> Bool {
    let frame = image.frames[first]
    let pages = Int(frame.pages)
    let sizeClass = Int(frame.size_class)
    // An entry within a slab whose first page said something else.
    guard Self.slab(entry) == first else {
      contradict("page \(first) belongs to a slab without a first page")
      return false
    }
    let isFull = Int32(frame.state) == QUARRY_SLAB_FULL
    guard Int32(frame.kind) == QUARRY_FRAME_SLAB, pages <= 256, sizeClass < classes, sizes[sizeClass] > 0,
      Int(frame.capacity) <= pages << 12 / sizes[sizeClass], frame.carved <= frame.capacity,
      isFull ? frame.carved == frame.capacity : frame.due <= frame.carved, claim(first, pages)
    else {
      contradict("the slab at page \(first) cannot be")
      return false
    }
    var slab = Slab(
      page: first, pages: pages, sizeClass: sizeClass, owner: Self.owner(entry), capacity: Int(frame.capacity),
      carved: Int(frame.carved), home: isFull ? 0 : Int(frame.carved) - Int(frame.due), end: Int(frame.carved))
    if frame.holes != 0 { findHoles(&slab) }
    add(slab)
    return true
  }

  mutating func add(_ slab: Slab) {
    snapshot.slabs.append(slab)
    for member in slab.page..<(slab.page + slab.pages) { slabOfPage[member] = Int32(snapshot.slabs.count) }
  }

  private static func owner(_ entry: UInt64) -> Int {
    Int(entry >> UInt64(QUARRY_ENTRY_OWNER_SHIFT)) & Int(QUARRY_ENTRY_OWNER_MASK)
  }

  /// The first page of the slab that an entry tells of.
  private static func slab(_ entry: UInt64) -> Int {
    Int(entry & (1 << UInt64(QUARRY_ENTRY_OWNER_SHIFT) - 1)) / Snapshot.pageSize
  }

  /// In a slab from which pages were given back, the page map tells which pages hold objects.
  private func findHoles(_ slab: inout Slab) {
    let size = sizes[slab.sizeClass]
    slab.end = 0
    for page in 0..<min(slab.pages, 64) {
      let owner = Self.owner(image.pageMap[slab.page + page])
      if owner == 0 {
        slab.holes |= 1 << UInt64(page)
      } else {
        slab.owner = owner
        slab.end = min(slab.capacity, ((page + 1) * Snapshot.pageSize + size - 1) / size)
      }
    }
  }

  /// Sums that follow from all else.
  consuming func finish() -> Snapshot {
    var lengths = [[Int: Int]](repeating: [:], count: snapshot.caches.count)
    for slab in snapshot.slabs {
      snapshot.caches[slab.sizeClass].count(slab)
      lengths[slab.sizeClass][slab.pages, default: 0] += slab.pages
      if slab.owner > 0, slab.owner <= snapshot.heaps.count { snapshot.heaps[slab.owner - 1].pages += slab.pages }
    }
    for (number, lengths) in lengths.enumerated() {
      snapshot.caches[number].pagesPerSlab = lengths.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    }
    if contradictionCount > snapshot.contradictions.count {
      snapshot.contradictions.append("\(contradictionCount - snapshot.contradictions.count) more")
    }
    // Page 0 is nobody's; any other page that nobody has was between two owners.
    let lost = counted.reduce(0) { $0 + ($1 == 0 ? 1 : 0) } - 1 - snapshot.zone.skippedPages
    snapshot.bounds.pages = max(0, lost)
    snapshot.away.sort { $0.offset < $1.offset }
    snapshot.runs.sort { $0.page < $1.page }
    return snapshot
  }
}

extension Cache {
  fileprivate mutating func count(_ slab: Slab) {
    slabs += 1
    if slab.live > 0 { activeSlabs += 1 }
    pages += slab.pages
    capacity += slab.capacity
    carved += slab.carved
    home += slab.home
    live += slab.live
  }
}
