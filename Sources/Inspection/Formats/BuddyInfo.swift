// BuddyInfo: /proc/buddyinfo, the number of free blocks of each order; the zone is the only one, "Normal" of node 0.

public struct BuddyInfo: Encodable {
  public var target: String
  /// Free blocks of 2^0, 2^1, … pages.
  public var freeBlocks: [Int]
  public var freePages: Int
  /// By how many `freePages` may be off.
  public var bound: Int

  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    freeBlocks = [Int](repeating: 0, count: Snapshot.orderCount)
    for block in snapshot.freeBlocks { freeBlocks[block.order] += 1 }
    freePages = snapshot.zone.freePages
    bound = snapshot.bounds.pages
  }

  public var text: String {
    "Node 0, zone   Normal " + freeBlocks.map { Column.right($0, 6) + " " }.joined() + "\n"
  }
}
