// Fragmentation: where every resident byte of a heap is. The parts add up to the resident bytes of Quarry's mappings. Of a
// core file, which does not say what was resident, they are the opened bytes.

public struct Fragmentation: Encodable, Sendable {
  public struct Part: Encodable, Sendable {
    public enum Kind: String, Encodable, Sendable, CaseIterable {
      case live, rounding, freeInSlabs, waiting, holes, neverUsed, keptPages, freePages, reserve, metadata, unknown
    }
    public var kind: Kind
    public var bytes: Int
  }

  /// Resident bytes of one cache by what they hold.
  public struct CacheRow: Encodable, Sendable {
    public var name: String
    public var resident = 0
    public var live = 0
    public var freeInSlabs = 0
    public var waiting = 0
    public var holes = 0
    public var neverUsed = 0
    /// Resident and not live.
    public var waste: Int { resident - live }
  }

  public var target: String
  /// False when bytes are those opened, because nobody can tell which are resident.
  public var isResident: Bool
  /// Sum of the parts.
  public var bytes: Int
  /// Bytes open to the heap, resident or not.
  public var opened: Int
  public var swapped: Int
  public var parts: [Part]
  /// Bytes of live blocks: objects, runs of pages, and mappings of their own, resident or not.
  public var liveBlocks: Int
  /// Of the live blocks' bytes, at most so many were not asked for, but came from rounding to classes and pages.
  public var roundingAtMost: Int
  /// How many that are, as the samples of the heap profile say; nil when there are too few. Without it, the part of live
  /// blocks contains what rounding added.
  public var rounding: Rounding?
  /// Free and resident bytes in blocks of each order, like `indices` without the zones of low addresses.
  public var freeByOrder: [Int]
  public var caches: [CacheRow]
  public var metadata: [String: Int]
  public var indices: [OrderIndex]
  /// By how many bytes the parts may be off.
  public var bound: Int

  /// Resident bytes for each resident byte that a live block was asked for with: 1 would be no waste at all. (What programs
  /// asked for and never touched is not there to be wasted.)
  public var ratio: Double { bytes(.live) == 0 ? 0 : Double(bytes) / Double(bytes(.live)) }

  public func bytes(_ kind: Part.Kind) -> Int { parts.first { $0.kind == kind }?.bytes ?? 0 }

  /// - Precondition: the snapshot knows its free objects, or what pages of slabs hold.
  public init(_ snapshot: Snapshot) {
    var count = Count(snapshot)
    count.slabs()
    count.pages()
    count.samples()
    count.metadata()
    for low in snapshot.lowZones { count.add(lowZone: low) }
    roundingAtMost = snapshot.roundingAtMost
    rounding = Rounding(snapshot)
    if var known = rounding {
      known.bytes = min(known.bytes, roundingAtMost, count.bytes[.live] ?? 0)
      count.bytes[.rounding] = known.bytes
      count.bytes[.live, default: 0] -= known.bytes
      rounding = known
    }
    target = snapshot.target
    isResident = snapshot.residency != nil
    parts = Part.Kind.allCases.map { Part(kind: $0, bytes: count.bytes[$0] ?? 0) }
    bytes = parts.reduce(0) { $0 + $1.bytes }
    swapped = count.swapped
    opened =
      snapshot.areas.reduce(0) { $0 + Int($1.bytes) }
      + ([snapshot] + snapshot.lowZones).reduce(0) { sum, zone in
        sum + zone.zone.presentPages * Snapshot.pageSize + zone.metadata.reduce(0) { $0 + $1.range.count }
      }
    liveBlocks =
      snapshot.caches.reduce(0) { $0 + $1.live * $1.objectSize }
      + (snapshot.runs + snapshot.lowZones.flatMap(\.runs)).reduce(0) {
        $0 + ($1.isReserve ? 0 : $1.pages * Snapshot.pageSize)
      }
      + snapshot.areas.reduce(0) { $0 + Int($1.bytes) }
      - snapshot.samples.reduce(0) { $0 + snapshot.roomAround($1).count }
    freeByOrder = count.freeByOrder
    caches = zip(count.caches, snapshot.caches).filter { $0.resident > 0 && !$1.isReserve }.map(\.0)
    metadata = count.tables
    indices = OrderIndex.all(snapshot.freeBlocks)
    bound = snapshot.bounds.pages * Snapshot.pageSize + snapshot.bounds.objectBytes
  }

  /// Adds up what pages hold, by the state of each.
  private struct Count {
    let snapshot: Snapshot
    var bytes: [Part.Kind: Int] = [:]
    var caches: [CacheRow]
    var freeByOrder = [Int](repeating: 0, count: Snapshot.orderCount)
    var tables: [String: Int] = [:]
    var swapped = 0
    private var owned: [Bool]

    init(_ snapshot: Snapshot) {
      self.snapshot = snapshot
      caches = snapshot.caches.map { CacheRow(name: $0.name) }
      owned = [Bool](repeating: false, count: snapshot.zone.spannedPages)
    }

    /// Whether a page counts: it is resident, or residency is not known.
    private mutating func counts(_ page: Int) -> Bool {
      guard let residency = snapshot.residency else { return true }
      let state = residency.state(of: snapshot.zone.address(of: page))
      if state.contains(.swapped) { swapped += Snapshot.pageSize }
      return state.contains(.resident)
    }

    mutating func slabs() {
      var census = SlabCensus(snapshot)
      for slab in snapshot.slabs {
        for (number, page) in census.pages(of: slab).enumerated() {
          owned[slab.page + number] = true
          if counts(slab.page + number) { caches[slab.sizeClass].add(page) }
        }
      }
      for (row, cache) in zip(caches, snapshot.caches) {
        bytes[.live, default: 0] += row.live
        if cache.isReserve {
          bytes[.reserve, default: 0] += row.waste
          continue
        }
        bytes[.freeInSlabs, default: 0] += row.freeInSlabs
        bytes[.waiting, default: 0] += row.waiting
        bytes[.holes, default: 0] += row.holes
        bytes[.neverUsed, default: 0] += row.neverUsed
      }
    }

    mutating func pages() {
      for run in snapshot.runs {
        for page in run.page..<(run.page + run.pages) {
          owned[page] = true
          if counts(page) { bytes[run.isReserve ? .reserve : .live, default: 0] += Snapshot.pageSize }
        }
      }
      for block in snapshot.kept {
        for page in block.page..<(block.page + block.pages) {
          owned[page] = true
          if counts(page) { bytes[.keptPages, default: 0] += Snapshot.pageSize }
        }
      }
      for block in snapshot.freeBlocks {
        for page in block.page..<(block.page + block.pages) {
          owned[page] = true
          if counts(page) { freeByOrder[block.order] += Snapshot.pageSize }
        }
      }
      bytes[.freePages] = freeByOrder.reduce(0, +)
      // Page 0 is nobody's; skipped pages are other mappings', of which nothing is told here.
      for page in owned.indices where !owned[page] && page > 0 && snapshot.residency != nil && counts(page) {
        bytes[.unknown, default: 0] += Snapshot.pageSize
      }
      for area in snapshot.areas {
        bytes[.live, default: 0] += snapshot.residency?.residentBytes(area.range) ?? Int(area.bytes)
      }
    }

    /// A sampled object has pages of its own: what others of its class would not have is the profile's. The pages were
    /// counted as runs'; the object is its cache's.
    mutating func samples() {
      for sample in snapshot.samples {
        let room = snapshot.roomAround(sample)
        let some = snapshot.residency?.residentBytes(room) ?? room.count
        bytes[.live, default: 0] -= some
        tables["samples", default: 0] += some
        bytes[.metadata, default: 0] += some
        if let sizeClass = sample.sizeClass {
          let object = sample.address..<room.lowerBound
          let resident = snapshot.residency?.residentBytes(object) ?? object.count
          caches[sizeClass].resident += resident
          caches[sizeClass].live += resident
        }
      }
    }

    /// Adds the pages and tables of a zone of low addresses; its free blocks are not those whose orders are told.
    mutating func add(lowZone: Snapshot) {
      var low = Count(lowZone)
      low.pages()
      low.metadata()
      bytes.merge(low.bytes, uniquingKeysWith: +)
      tables.merge(low.tables, uniquingKeysWith: +)
      swapped += low.swapped
    }

    mutating func metadata() {
      for table in snapshot.metadata {
        let some = snapshot.residency?.residentBytes(table.range) ?? table.range.count
        tables[table.name, default: 0] += some
        bytes[.metadata, default: 0] += some
      }
    }
  }
}

extension Fragmentation.CacheRow {
  fileprivate mutating func add(_ page: SlabPage) {
    resident += Snapshot.pageSize
    neverUsed += page.rest
    if page.live == 0 {
      holes += page.home + page.away
    } else {
      live += page.live
      freeInSlabs += page.home
      waiting += page.away
    }
  }
}

extension Snapshot {
  /// Bytes of live blocks that nobody asked for, if every request was the smallest that its class or page count serves.
  var roundingAtMost: Int {
    var below = 0
    var bytes = 0
    for cache in caches where !cache.isReserve {
      bytes += cache.live * max(0, cache.objectSize - below - 1)
      below = cache.objectSize
    }
    // The reserve's sizes are the powers of two: the smallest one serves all below, each other one what half of it does not.
    let reserve = caches.filter(\.isReserve)
    let smallest = reserve.map(\.objectSize).min()
    for cache in reserve {
      let below = cache.objectSize == smallest ? 0 : cache.objectSize / 2
      bytes += cache.live * (cache.objectSize - below - 1)
    }
    let blocks = (runs + lowZones.flatMap(\.runs)).count { !$0.isReserve }
    return bytes + (blocks + areas.count) * (Self.pageSize - 1)
  }
}
