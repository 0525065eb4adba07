// OrderIndex: the kernel's two indices of external fragmentation (mm/vmstat.c, after Gorman and Whitcroft, "The What, The
// Why and the Where To of Anti-Fragmentation", 2006), from the free blocks alone.

public struct OrderIndex: Encodable, Sendable, Equatable {
  public var order: Int
  public var freeBlocks: Int
  /// Share of the free pages that lie in blocks too small for a request of this order: 0 to 1.
  public var unusable: Double
  /// What a request of this order would fail from: near 0 lack of memory, near 1 fragmentation; -1 when it succeeds.
  public var fragmentation: Double

  public static func all(_ blocks: [FreeBlock]) -> [OrderIndex] {
    var counts = [Int](repeating: 0, count: Snapshot.orderCount)
    for block in blocks { counts[block.order] += 1 }
    let pages = counts.enumerated().reduce(0) { $0 + $1.element << $1.offset }
    return counts.indices.map { order in
      let suitable = counts[order...].enumerated().reduce(0) { $0 + $1.element << $1.offset }
      var index = -1.0
      if blocks.isEmpty {
        index = 0
      } else if suitable == 0 {
        index = 1 - (1 + Double(pages) / Double(1 << order)) / Double(blocks.count)
      }
      return OrderIndex(
        order: order, freeBlocks: counts[order],
        unusable: pages == 0 ? 1 : Double(pages - suitable << order) / Double(pages), fragmentation: index)
    }
  }
}
