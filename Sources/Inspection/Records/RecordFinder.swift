// RecordFinder: where the library keeps its records in a process. They begin at a page of its data, hidden from the
// dynamic linker, with a magic word that depends on their own address, so that no copy of it is taken for them.

import CInspection

enum RecordFinder {
  /// The zone's record, and the memory of the library that it belongs to.
  struct Place: Sendable {
    var record: UInt
    var image: [Range<UInt>]
  }

  /// Finds the record, and checks its version.
  static func find(in source: some MemorySource, _ mappings: [Mapping]) throws -> Place {
    for (range, path) in candidates(mappings) {
      let step = source.pageSize
      let states = try source.pageStates(range)
      for (number, page) in stride(from: range.lowerBound, to: range.upperBound, by: Int(step)).enumerated() {
        if let states, states[number].intersection([.resident, .swapped]).isEmpty { continue }
        // The books' page may be smaller than the system's.
        for record in stride(from: page, to: page + step, by: 1 << Int(QUARRY_PAGE_SHIFT)) {
          if let version = try version(source, record) {
            guard version == QUARRY_LAYOUT_VERSION else {
              throw InspectionError.otherVersion(source.name, found: version, known: UInt32(QUARRY_LAYOUT_VERSION))
            }
            return Place(record: record, image: image(of: path, holding: record, source, mappings))
          }
        }
      }
    }
    let isLoaded = mappings.contains { isQuarry($0.path) }
    throw isLoaded ? InspectionError.notYetUp(source.name) : InspectionError.noQuarry(source.name)
  }

  /// The layout version of the record at an address; nil when there is none.
  private static func version(_ source: some MemorySource, _ record: UInt) throws -> UInt32? {
    let place = UInt(MemoryLayout<quarry_zone>.offset(of: \.magic)!)
    guard let word = try source.load(record + place, as: UInt64.self),
      word ^ UInt64(record) == UInt64(QUARRY_MAGIC)
    else { return nil }
    return try source.load(record + place + 8, as: UInt32.self)
  }

  /// Writable data of programs and libraries, none of which have a GiB. The library is looked at first when it has its name.
  private static func candidates(_ mappings: [Mapping]) -> [(range: Range<UInt>, path: String)] {
    let data = withFiles(mappings).filter {
      $0.mapping.isReadable && $0.mapping.isWritable && !$0.mapping.isShared
        && $0.mapping.range.upperBound - $0.mapping.range.lowerBound <= 1 << 30
    }
    let named = data.filter { isQuarry($0.path) }
    let others = data.filter { !isQuarry($0.path) }
    return (named + others).map { ($0.mapping.range, $0.path) }
  }

  private static func isQuarry(_ path: String) -> Bool {
    path.split(separator: "/").last?.hasPrefix("libquarry") == true
  }

  /// What the library has in memory, as its headers say: anonymous memory of others may lie directly behind its zeroed
  /// data, in one mapping with it. Where the headers cannot be read, what comes from its file, and the records.
  private static func image(
    of path: String, holding record: UInt, _ source: some MemorySource, _ mappings: [Mapping]
  ) -> [Range<UInt>] {
    let start = mappings.last { $0.path == path && $0.offset == 0 && $0.range.lowerBound <= record }
    guard let start = start?.range, let headers = ELFHeaders(source, mappedAt: start) else {
      let records = quarry_registry_offset() + UInt(MemoryLayout<quarry_registry>.size)
      return mappings.filter { $0.path == path }.map(\.range) + [record..<(record + records)]
    }
    let memory = headers.memory(mappedAt: start.lowerBound, pageSize: source.pageSize)
    return mappings.filter { $0.range.overlaps(memory) }.map { $0.range.clamped(to: memory) }
  }

  /// What is mapped from a file, and the zeroed memory that follows it, with the file's path.
  private static func withFiles(_ mappings: [Mapping]) -> [(mapping: Mapping, path: String)] {
    var found: [(Mapping, String)] = []
    var file: (path: String, end: UInt)?
    for mapping in mappings {
      if mapping.path.hasPrefix("/") {
        file = (mapping.path, mapping.range.upperBound)
      } else if mapping.path.isEmpty, let last = file, last.end == mapping.range.lowerBound {
        file?.end = mapping.range.upperBound
      } else {
        file = nil
      }
      if let file { found.append((mapping, file.path)) }
    }
    return found
  }
}
