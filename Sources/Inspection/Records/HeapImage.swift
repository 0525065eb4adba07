// HeapImage: a process's records as they were at one moment, copied here and checked for what must hold before they can
// be followed. The copies point to one another, so that the layout's own accessors read them.

import CInspection

final class HeapImage {
  let zone: UnsafeMutablePointer<quarry_zone>
  let registry: UnsafeMutablePointer<quarry_registry>
  /// Pages of the zone, opened or skipped.
  let pages: Int
  let base: UInt
  let pageMap: UnsafeMutablePointer<UInt64>
  let frames: UnsafeMutablePointer<quarry_frame>
  let areas: [quarry_area]
  /// Numbers of heaps that were given out: 1 to this.
  let heapCount: Int
  /// Where each table lies in the process.
  let tables: [Metadata]
  /// Whether nothing in the zone's record changed while the tables were copied.
  let isWhole: Bool
  /// Free pages that came or went while they were copied.
  let drift: Int

  /// Keep what the pointers above lead to.
  private let records: RemoteCopy
  private let copies: [RemoteCopy]
  private let coverage: Coverage

  /// What there is beside a zone.
  enum Kind {
    /// The registry, with heaps and areas.
    case normal
    /// Nothing: a zone of low addresses has pages alone.
    case low

    /// Bytes of a zone's record, and of the registry's where there is one.
    fileprivate var recordBytes: UInt {
      switch self {
      case .normal: quarry_registry_offset() + UInt(MemoryLayout<quarry_registry>.size)
      case .low: UInt(MemoryLayout<quarry_zone>.size)
      }
    }
  }

  /// Copies the records, again when they changed meanwhile, a few times.
  static func take(_ source: some MemorySource, record: UInt, _ kind: Kind = .normal) throws -> HeapImage {
    var image = try HeapImage(source, record: record, kind)
    for _ in 0..<4 where !image.isWhole { image = try HeapImage(source, record: record, kind) }
    return image
  }

  /// - Parameters:
  ///   - record: where the zone's record lies.
  ///   - before: a copy made before. Mappings are asked for again only where what it knew of does not suffice.
  /// - Throws: `InspectionError.damaged` when the records say what cannot be.
  init(_ source: some MemorySource, record: UInt, _ kind: Kind = .normal, after before: HeapImage? = nil) throws {
    func damaged(_ what: String) -> InspectionError { .damaged(source.name, what) }
    // What a low zone does not have reads as zero.
    let room = Kind.normal.recordBytes
    guard let records = try RemoteCopy(source, record, kind.recordBytes, room: room) else {
      throw damaged("their page is not mapped")
    }
    zone = records.pointer(to: quarry_zone.self)
    registry = (records.bytes.baseAddress! + Int(quarry_registry_offset())).assumingMemoryBound(
      to: quarry_registry.self)
    if let contradiction = Self.contradiction(zone, registry) { throw damaged(contradiction) }
    base = zone.pointee.base
    pages = Int(zone.pointee.extent >> 12)
    heapCount = Int(registry.pointee.heap_count)

    let slots = try Self.areaTable(source, registry)
    // Mappings are read after the records, so that they cover whatever these tell of: zone and tables never shrink.
    var copied = try TableCopies(source, pages: pages, from: before?.coverage)
    guard try pages == 0 || copied.coverage.contains(base + UInt(pages - 1) << 12, bytes: 4096) else {
      throw damaged(Self.describe(zone))
    }
    areas = try slots.filter { try copied.coverage.contains($0.address, bytes: $0.bytes) }
      .sorted { $0.address < $1.address }
    let opened = quarry_zone_opened(zone)
    let map = try copied.copy("page map", UInt(bitPattern: zone.pointee.page_map), UInt(pages) * 8, opened: opened[0])
    let frames = try copied.copy("frames", UInt(bitPattern: zone.pointee.frames), UInt(pages) * 32, opened: opened[1])
    let blocks = try copied.copy(
      "maps of free pages", zone.pointee.gigablocks, quarry_gigablock_bytes(UInt(pages)), opened: opened[2])
    let heaps = try copied.copy(
      "heap records", zone.pointee.heaps, UInt(heapCount == 0 ? 0 : heapCount + 1) * UInt(QUARRY_HEAP_STRIDE),
      opened: registry.pointee.heap_bytes_open)
    try copied.note("area table", Self.areaTableRange(registry))
    try copied.note("stacks", Self.stackTable(source, registry))
    pageMap = map.pointer(to: UInt64.self)
    self.frames = frames.pointer(to: quarry_frame.self)

    guard let after = try RemoteCopy(source, record, kind.recordBytes) else {
      throw damaged("their page is not mapped")
    }
    isWhole = after.bytes.elementsEqual(records.bytes) && zone.pointee.lock.word == 0
    drift = abs(
      Int(truncatingIfNeeded: after.pointer(to: quarry_zone.self).pointee.free_pages)
        - Int(truncatingIfNeeded: zone.pointee.free_pages))
    // From here on the records lead to the copies.
    zone.pointee.gigablocks = UInt(bitPattern: blocks.bytes.baseAddress)
    zone.pointee.heaps = UInt(bitPattern: heaps.bytes.baseAddress)
    self.records = records
    copies = copied.copies
    coverage = copied.coverage.latest
    tables = copied.tables
  }

  /// What the records say that cannot be; nil when they may be followed.
  private static func contradiction(
    _ zone: UnsafeMutablePointer<quarry_zone>, _ registry: UnsafeMutablePointer<quarry_registry>
  ) -> String? {
    let (base, extent, window) = (zone.pointee.base, zone.pointee.extent, zone.pointee.window)
    guard base & 4095 == 0, extent & 4095 == 0, UInt64(extent) <= window, window <= 1 << UInt64(QUARRY_OFFSET_BITS),
      base <= UInt.max - extent
    else { return describe(zone) }
    let heaps = registry.pointee.heap_count
    guard heaps <= 0xffff, UInt64(heaps) <= zone.pointee.heap_limit else {
      return "\(heaps) heaps where there can be \(zone.pointee.heap_limit)"
    }
    return nil
  }

  private static func describe(_ zone: UnsafeMutablePointer<quarry_zone>) -> String {
    "a zone of \(zone.pointee.extent) bytes at \(Hexadecimal(zone.pointee.base))"
  }

  private static func areaTableRange(_ registry: UnsafeMutablePointer<quarry_registry>) -> Range<UInt>? {
    let slots = UInt(registry.pointee.area_slots)
    let address = UInt(bitPattern: registry.pointee.areas)
    let bytes = slots * UInt(MemoryLayout<quarry_area>.stride)
    guard slots.nonzeroBitCount == 1, address & 4095 == 0, address != 0, address <= UInt.max - bytes else { return nil }
    return address..<(address + bytes)
  }

  /// Where the heap profile's stacks lie, as far as the table is open; nil before the first sample.
  private static func stackTable(
    _ source: some MemorySource, _ registry: UnsafeMutablePointer<quarry_registry>
  ) throws -> Range<UInt>? {
    let address = UInt(bitPattern: registry.pointee.stacks)
    guard address != 0, address & 4095 == 0, let opened = try source.load(address, as: UInt64.self),
      opened > 0, opened & 4095 == 0, opened <= UInt64(QUARRY_STACK_TABLE_BYTES), address <= UInt.max - UInt(opened)
    else { return nil }
    return address..<(address + UInt(opened))
  }

  /// The blocks with mappings of their own, none where the table was replaced while it was read.
  private static func areaTable(
    _ source: some MemorySource, _ registry: UnsafeMutablePointer<quarry_registry>
  ) throws -> [quarry_area] {
    guard let range = areaTableRange(registry), range.count <= 1 << 28,
      let table = try RemoteCopy(source, range.lowerBound, UInt(range.count))
    else { return [] }
    let slots = UnsafeMutableBufferPointer(
      start: table.pointer(to: quarry_area.self), count: Int(registry.pointee.area_slots))
    return slots.filter { $0.address > 1 && $0.address & 4095 == 0 && $0.bytes & 4095 == 0 && $0.bytes > 0 }
  }

  func heap(_ number: Int) -> UnsafeMutablePointer<quarry_heap> {
    UnsafeMutablePointer(bitPattern: zone.pointee.heaps + UInt(number) * UInt(QUARRY_HEAP_STRIDE))!
  }

  /// Heaps whose threads are at work on slabs, and one if the zone's lock is held.
  var marksOfWork: Int {
    // The thread of a torn heap did not come along through a fork.
    let heaps = heapCount > 0 ? (1...heapCount).map(heap) : []
    let busy = heaps.count { $0.pointee.front.busy != 0 && $0.pointee.state != UInt32(QUARRY_HEAP_TORN) }
    return busy + (zone.pointee.lock.word != 0 ? 1 : 0)
  }

  /// Bytes of an object of each class, from the reciprocals that the process itself divides by.
  var objectSizes: [Int] {
    let inverses = UnsafeBufferPointer(start: quarry_zone_class_inverse(zone), count: Int(QUARRY_CLASS_COUNT))
    return inverses.map { inverse in
      inverse == 0 ? 0 : Int((18_446_744_073_709_551_616.0 / Double(inverse)).rounded())
    }
  }
}
