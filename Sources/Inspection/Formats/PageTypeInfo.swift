// PageTypeInfo: /proc/pagetypeinfo. Nothing but requests with the kernel's flags sets pageblocks aside; nobody ever has any
// of type HighAtomic, which stands there for programs that expect it.

public struct PageTypeInfo: Encodable {
  public static let types = ["Unmovable", "Movable", "Reclaimable", "HighAtomic"]

  public struct Zone: Encodable {
    public var name: String
    /// By type and order.
    public var freeBlocks: [String: [Int]]
    /// Pageblocks by type.
    public var pageBlocks: [String: Int]

    init(_ snapshot: Snapshot) {
      name = snapshot.zone.name
      let none = [Int](repeating: 0, count: Snapshot.orderCount)
      freeBlocks = Dictionary(uniqueKeysWithValues: PageTypeInfo.types.map { ($0, none) })
      pageBlocks = Dictionary(uniqueKeysWithValues: PageTypeInfo.types.map { ($0, 0) })
      for block in snapshot.freeBlocks { freeBlocks[PageTypeInfo.name(block.migrateType)]![block.order] += 1 }
      for type in [MigrateType.unmovable, .reclaimable] {
        pageBlocks[PageTypeInfo.name(type)] = snapshot.zone.pageBlocks[type] ?? 0
      }
      let all = (snapshot.zone.presentPages + 511) / 512
      pageBlocks[PageTypeInfo.name(.movable)] = max(0, all - pageBlocks.values.reduce(0, +))
    }
  }

  public var target: String
  public var pageBlockOrder = 9
  public var zones: [Zone]

  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    zones = snapshot.zones.map(Zone.init)
  }

  private static func name(_ type: MigrateType) -> String {
    switch type {
    case .unmovable: types[0]
    case .movable: types[1]
    case .reclaimable: types[2]
    }
  }

  public var text: String {
    let orders = (0..<Snapshot.orderCount).map { Column.right($0, 6) + " " }.joined()
    var lines = [
      "Page block order: \(pageBlockOrder)", "Pages per block:  \(1 << pageBlockOrder)", "",
      "\(Column.left("Free pages count per migrate type at order", 43)) \(orders)",
    ]
    for zone in zones {
      for type in Self.types {
        let counts = zone.freeBlocks[type]!.map { Column.right($0, 6) + " " }.joined()
        lines.append("Node    0, zone \(Column.right(zone.name, 8)), type \(Column.right(type, 12)) \(counts)")
      }
    }
    lines.append("")
    lines.append(Column.left("Number of blocks type ", 23) + Self.types.map { Column.right($0, 12) + " " }.joined())
    for zone in zones {
      let counts = Self.types.map { Column.right(zone.pageBlocks[$0]!, 12) + " " }.joined()
      lines.append("Node 0, zone \(Column.right(zone.name, 8)) " + counts)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
