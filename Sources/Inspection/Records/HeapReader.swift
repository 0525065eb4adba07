// HeapReader: takes snapshots of a process's heap.

import CInspection

public struct HeapReader: Sendable {
  /// What a snapshot contains beyond what is always there, at a cost.
  public struct Depth: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The states of all pages.
    public static let residency = Depth(rawValue: 1)
    /// Each free object, which reads the pages of all partial slabs.
    public static let freeObjects = Depth(rawValue: 2)
    /// What each page of a slab holds: of the free objects, only those are read that may make up a page.
    public static let slabPages = Depth(rawValue: 8)
    /// Where sampled blocks were allocated.
    public static let stacks = Depth(rawValue: 4)
  }

  public let source: any MemorySource
  /// Where the records lie in the process.
  let place: RecordFinder.Place

  /// Finds the heap of a process.
  /// - Throws: `InspectionError` when there is none, or it has another version.
  public init(_ source: any MemorySource) throws {
    self.source = source
    place = try RecordFinder.find(in: source, try source.mappings())
  }

  /// Reads the heap as it is now.
  /// - Throws: `InspectionError` when the process ended, or its records cannot be followed.
  /// - Complexity: linear in the pages of the zone, and in what lists and sheaves hold.
  public func snapshot(_ depth: Depth = []) throws -> Snapshot {
    let image = try HeapImage.take(source, record: place.record)
    var decoder = Decoder(image, source)
    decoder.decodeZone()
    decoder.decodeFreeBlocks()
    let hooks = UInt(bitPattern: image.registry.pointee.kernel_hooks)
    let memory = try KernelMemory(source, hooks: hooks)
    if let memory { try decoder.readReserve(memory) }
    try decoder.decodeBlocks()
    decoder.addSampledAreas()
    try decoder.decodeHeaps()
    try decoder.decodeNamedSheaves()
    decoder.settle()
    let ofZone = depth.contains(.residency) ? try residency(of: [decoder.snapshot.zone.range]) : nil
    if !depth.isDisjoint(with: [.freeObjects, .slabPages]) {
      try decoder.walkSlabs(all: depth.contains(.freeObjects), ofZone)
    }
    // After the blocks, so that no block's stack is missing.
    if depth.contains(.stacks) { try decoder.readStacks() }
    let named = decoder.named.read
    var snapshot = decoder.finish()
    snapshot.marksOfWork = image.marksOfWork
    snapshot.metadata += place.image.map { Metadata(name: "library", range: $0) }
    snapshot.metadata += try KernelTables.ranges(source, hooks: hooks).map {
      // What a memory pool keeps, nobody else may know.
      Metadata(name: "named caches and pools", range: $0, leadsToBlocks: true)
    }
    for record in named where try source.hasChanged(record) {
      snapshot.caches[record.cache].liveBound += record.objects
    }
    try bound(&snapshot, image)
    if let ofZone {
      snapshot.residency = try residency(of: snapshot.areas.map(\.range) + snapshot.metadata.map(\.range), ofZone)
    }
    for low in try memory?.lowZones() ?? [] {
      let low = try lowZone(low.record, low.name, depth)
      snapshot.bounds.pages += low.bounds.pages
      snapshot.lowZones.append(low)
    }
    return snapshot
  }

  /// A zone of low addresses, which has pages alone.
  private func lowZone(_ record: UInt, _ name: String, _ depth: Depth) throws -> Snapshot {
    let image = try HeapImage.take(source, record: record, .low)
    var decoder = Decoder(image, source)
    decoder.decodeZone()
    decoder.decodeFreeBlocks()
    try decoder.decodeBlocks()
    var snapshot = decoder.finish()
    snapshot.zone.name = name
    let change = HeapChange(
      from: image, to: try HeapImage(source, record: record, .low, after: image), snapshot, isRunning: false)
    snapshot.bounds.pages += change.pages
    if depth.contains(.residency) {
      snapshot.residency = try residency(of: [snapshot.zone.range] + snapshot.metadata.map(\.range))
    }
    return snapshot
  }

  /// Says how much changed while the process was read.
  private func bound(_ snapshot: inout Snapshot, _ image: HeapImage) throws {
    let after = try HeapImage(source, record: place.record, after: image)
    let change = HeapChange(from: image, to: after, snapshot, isRunning: try source.isRunning())
    snapshot.bounds.pages += change.pages
    snapshot.bounds.objectBytes += change.bytesInHand
    for index in snapshot.caches.indices where snapshot.caches[index].slabs > 0 {
      let cache = snapshot.caches[index]
      let uncertain = cache.liveBound + change.objects[index]
      snapshot.bounds.objectBytes += uncertain * cache.objectSize
      snapshot.caches[index].liveBound = uncertain + change.bytesInHand / cache.objectSize
    }
  }

  /// The states of the pages of some ranges, added to those of others; nil when nobody can tell.
  private func residency(of ranges: [Range<UInt>], _ others: Residency? = nil) throws -> Residency? {
    let page = source.pageSize
    var residency = others ?? Residency(pageSize: page)
    for range in ranges {
      let whole = (range.lowerBound & ~(page - 1))..<((range.upperBound + page - 1) & ~(page - 1))
      guard let states = try source.pageStates(whole) else { return nil }
      residency.add(whole, states)
    }
    return residency
  }
}
