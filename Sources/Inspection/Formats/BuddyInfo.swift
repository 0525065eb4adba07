// BuddyInfo: /proc/buddyinfo, the number of free blocks of each order, a line for each zone of node 0.

public struct BuddyInfo: Encodable {
  public struct Zone: Encodable {
    public var name: String
    /// Free blocks of 2^0, 2^1, … pages.
    public var freeBlocks: [Int]
    public var freePages: Int
    /// By how many `freePages` may be off.
    public var bound: Int

    init(_ snapshot: Snapshot) {
      name = snapshot.zone.name
      freeBlocks = [Int](repeating: 0, count: Snapshot.orderCount)
      for block in snapshot.freeBlocks { freeBlocks[block.order] += 1 }
      freePages = snapshot.zone.freePages
      bound = snapshot.bounds.pages
    }
  }

  public var target: String
  public var zones: [Zone]

  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    zones = snapshot.zones.map(Zone.init)
  }

  public var text: String {
    zones.map { zone in
      "Node 0, zone \(Column.right(zone.name, 8)) " + zone.freeBlocks.map { Column.right($0, 6) + " " }.joined() + "\n"
    }.joined()
  }
}
