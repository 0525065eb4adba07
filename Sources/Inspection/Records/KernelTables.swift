// KernelTables: the mappings in which the kernel interface has its records of caches, slabs, sheaves, and memory pools.

import CInspection

enum KernelTables {
  /// More than any program has.
  private static let most = 1 << 20

  /// The mappings, as far as they can be; what is mapped or given back meanwhile may be missing.
  /// - Parameter hooks: where the registry has the interface's hooks.
  static func ranges(_ source: some MemorySource, hooks: UInt) throws -> [Range<UInt>] {
    let distance = UInt(
      MemoryLayout<quarry_kernel>.offset(of: \.hooks)! - MemoryLayout<quarry_kernel>.offset(of: \.metadata_maps)!)
    guard hooks > distance, hooks & 7 == 0, var next = try source.load(hooks - distance, as: UInt.self) else {
      return []
    }
    let coverage = Coverage(try source.mappings())
    var ranges: [UInt: Range<UInt>] = [:]
    while next != 0, ranges[next] == nil, ranges.count < most {
      guard next & (source.pageSize - 1) == 0, let map = try source.load(next, as: quarry_metadata_map.self),
        map.bytes > 0, coverage.contains(next, bytes: UInt(map.bytes))
      else { break }
      ranges[next] = next..<(next + UInt(map.bytes))
      next = UInt(bitPattern: map.next)
    }
    return ranges.values.sorted { $0.lowerBound < $1.lowerBound }
  }
}
