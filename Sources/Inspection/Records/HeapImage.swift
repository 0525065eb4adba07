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

  private let copies: [RemoteCopy]
  private let coverage: Coverage

  /// Copies the records, again when they changed meanwhile, a few times.
  static func take(_ source: some MemorySource, record: UInt, isLow: Bool = false) throws -> HeapImage {
    var image = try HeapImage(source, record: record, isLow: isLow)
    for _ in 0..<4 where !image.isWhole { image = try HeapImage(source, record: record, isLow: isLow) }
    return image
  }

  /// - Parameter isLow: whether this is a zone of low addresses, beside which there is no registry: it has neither heaps nor
  ///   areas.
  /// - Parameter before: a copy made before. Mappings are asked for again only where what it knew of does not suffice.
  init(_ source: some MemorySource, record: UInt, isLow: Bool = false, after before: HeapImage? = nil) throws {
    func damaged(_ what: String) -> InspectionError { .damaged(source.name, what) }
    let recordBytes = quarry_registry_offset() + UInt(MemoryLayout<quarry_registry>.size)
    let copiedBytes = isLow ? UInt(MemoryLayout<quarry_zone>.size) : recordBytes
    guard let records = try RemoteCopy(source, record, copiedBytes, room: recordBytes) else {
      throw damaged("their page is not mapped")
    }
    zone = records.pointer(to: quarry_zone.self)
    registry = (records.bytes.baseAddress! + Int(quarry_registry_offset())).assumingMemoryBound(
      to: quarry_registry.self)

    base = zone.pointee.base
    let extent = zone.pointee.extent
    guard base & 4095 == 0, extent & 4095 == 0, UInt64(extent) <= zone.pointee.window,
      zone.pointee.window <= 1 << UInt64(QUARRY_OFFSET_BITS), base <= UInt.max - extent
    else { throw damaged("a zone of \(extent) bytes at 0x\(String(base, radix: 16))") }
    let pages = Int(extent >> 12)
    let heapCount = Int(registry.pointee.heap_count)
    self.pages = pages
    self.heapCount = heapCount
    guard heapCount <= 0xffff, UInt64(heapCount) <= zone.pointee.heap_limit else {
      throw damaged("\(heapCount) heaps where there can be \(zone.pointee.heap_limit)")
    }

    let slots = try Self.areaTable(source, registry)
    // Read after the records, so that it covers whatever they tell of: zone and tables never shrink.
    var coverage = try before?.coverage ?? Coverage(source.mappings())
    var isRecent = before == nil
    func covers(_ address: UInt, _ bytes: UInt) throws -> Bool {
      if isRecent || coverage.contains(address, bytes: bytes) { return coverage.contains(address, bytes: bytes) }
      coverage = Coverage(try source.mappings())
      isRecent = true
      return coverage.contains(address, bytes: bytes)
    }
    guard try extent == 0 || covers(base + extent - 4096, 4096) else {
      throw damaged("a zone of \(extent) bytes at 0x\(String(base, radix: 16))")
    }
    areas = try slots.filter { try covers($0.address, $0.bytes) }.sorted { $0.address < $1.address }

    var copies = [records]
    var tables: [Metadata] = []
    func copy(_ name: String, _ address: UInt, _ bytes: UInt, opened: UInt64) throws -> RemoteCopy {
      guard UInt64(bytes) <= opened, try covers(address, UInt(opened)),
        let copy = try RemoteCopy(source, address, bytes)
      else { throw damaged("its \(name) at 0x\(String(address, radix: 16)) is not open for \(pages) pages") }
      copies.append(copy)
      tables.append(Metadata(name: name, range: address..<(address + UInt(opened))))
      return copy
    }
    let opened = quarry_zone_opened(zone)
    let map = try copy("page map", UInt(bitPattern: zone.pointee.page_map), UInt(pages) * 8, opened: opened[0])
    let frames = try copy("frames", UInt(bitPattern: zone.pointee.frames), UInt(pages) * 32, opened: opened[1])
    let blocks = try copy(
      "maps of free pages", zone.pointee.gigablocks, quarry_gigablock_bytes(UInt(pages)), opened: opened[2])
    let heaps = try copy(
      "heap records", zone.pointee.heaps, UInt(heapCount == 0 ? 0 : heapCount + 1) * UInt(QUARRY_HEAP_STRIDE),
      opened: registry.pointee.heap_bytes_open)
    if let table = Self.areaTableRange(registry), try covers(table.lowerBound, UInt(table.count)) {
      tables.append(Metadata(name: "area table", range: table))
    }
    if let stacks = try Self.stackTable(source, registry), try covers(stacks.lowerBound, UInt(stacks.count)) {
      tables.append(Metadata(name: "stacks", range: stacks))
    }
    pageMap = map.pointer(to: UInt64.self)
    self.frames = frames.pointer(to: quarry_frame.self)

    guard let after = try RemoteCopy(source, record, copiedBytes) else { throw damaged("their page is not mapped") }
    let isSame = after.bytes.elementsEqual(records.bytes)
    isWhole = isSame && zone.pointee.lock.word == 0
    drift = abs(
      Int(truncatingIfNeeded: after.pointer(to: quarry_zone.self).pointee.free_pages)
        - Int(truncatingIfNeeded: zone.pointee.free_pages))
    zone.pointee.gigablocks = UInt(bitPattern: blocks.bytes.baseAddress)
    zone.pointee.heaps = UInt(bitPattern: heaps.bytes.baseAddress)
    self.copies = copies
    self.coverage = coverage
    self.tables = tables
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
