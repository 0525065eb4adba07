import CShim
import TestSupport
import Testing

@testable import Pages

@Suite("BuddyMap")
struct BuddyMapTests {
  /// A map of its own, and the leaves that a test made free.
  private final class Model {
    private let record: UnsafeMutablePointer<quarry_buddy_map>
    var free = FreeModel()
    var map: BuddyMap { BuddyMap(record) }

    init() {
      record = .allocate(capacity: 1)
      record.initialize(to: quarry_buddy_map())
    }

    deinit { record.deallocate() }

    func insert(_ leaves: Range<Int>) {
      map.insert(from: leaves.lowerBound, to: leaves.upperBound)
      free.remove(overlapping: leaves)
      free.insert(leaves)
    }

    func remove(_ leaves: Range<Int>) {
      map.remove(from: leaves.lowerBound, to: leaves.upperBound)
      free.remove(overlapping: leaves)
    }

    /// Holds every answer against the model.
    func verify(_ random: inout Random) throws {
      let blocks = try map.verifiedBlocks(in: "the map")
      try check(blocks == free.blocks, "the blocks are \(blocks), not \(free.blocks)")
      try check(map.isFull == (free.pages == 512), "isFull is \(map.isFull)")
      let orders = blocks.reduce(UInt32(0)) { $0 | 1 << UInt32($1.order) }
      try check(map.orders == orders, "the orders are \(map.orders), not \(orders)")
      let leaf = random.below(512)
      let holding = blocks.block(holding: leaf)
      try check(map.contains(leaf) == (holding != nil), "leaf \(leaf): free is \(map.contains(leaf))")
      try check(map.order(holding: leaf) == holding?.order, "leaf \(leaf): not \(holding as Any)")
      let run = free.ranges.first { $0.contains(leaf) }
      let (start, end) = (map.start(ofRunBefore: leaf + 1), map.end(ofRunFrom: leaf))
      try check(
        start == run?.lowerBound ?? leaf + 1, "the run before leaf \(leaf + 1) begins at \(start), not in \(run as Any)"
      )
      try check(end == run?.upperBound ?? leaf, "the run from leaf \(leaf) on ends at \(end), not in \(run as Any)")
      for order in 0...BuddyMap.wordOrder {
        let part = map.lowest(holding: order, from: leaf)
        let parts = stride(from: 0, to: 512, by: 1 << order).filter { free.contains($0..<$0 + 1 << order) }
        let first = parts.first { $0 >= leaf }
        try check(part == first, "lowest(holding: \(order), from: \(leaf)) is \(part as Any), not \(first as Any)")
      }
      for order in 0...BuddyMap.rootOrder {
        let lowest = map.lowest(order: order, from: leaf)
        let expected = blocks.first { $0.order == order && $0.page >= leaf }?.page
        try check(
          lowest == expected, "lowest(\(order), from: \(leaf)) is \(lowest as Any), not \(expected as Any)")
        let count = blocks.count { $0.order == order }
        try check(map.count(order: order) == count, "\(map.count(order: order)) of order \(order), not \(count)")
      }
    }
  }

  /// Ranges of any length, the leaves of which may be free or not before.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func everyAnswerFollowsFromTheFreeLeaves(seed: UInt64) throws {
    let model = Model()
    try takeSteps(3000, seed: seed) { random in
      let start = random.below(512)
      let leaves = start..<(start + random.spread(to: 512 - start))
      // Mostly empty at times and mostly full at others.
      if random.below(100) < (model.free.pages < 200 ? 70 : 35) { model.insert(leaves) } else { model.remove(leaves) }
      try model.verify(&random)
    }
  }

  /// Each block of each order alone, and all but it.
  @Test func everyBlockIsSeenAlone() throws {
    var random = Random(seed: 7)
    for order in 0...BuddyMap.rootOrder {
      for index in 0..<(512 >> order) {
        let block = index << order..<(index + 1) << order
        let model = Model()
        model.insert(block)
        try check(model.map.lowest(order: order) == block.lowerBound, "\(block) is not found")
        try check(model.map.orders == 1 << UInt32(order), "\(block): the orders are \(model.map.orders)")
        model.insert(0..<512)
        model.remove(block)
        try model.verify(&random)
      }
    }
  }
}
