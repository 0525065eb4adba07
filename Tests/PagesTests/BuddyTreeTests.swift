import CShim
import TestSupport
import Testing

@testable import Pages

@Suite("BuddyTree")
struct BuddyTreeTests {
  private struct Node: Hashable {
    let order: Int
    let index: Int
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func holdsWhatWasInsertedAndFindsTheLowest(seed: UInt64) throws {
    let record = UnsafeMutablePointer<quarry_buddy_tree>.allocate(capacity: 1)
    record.initialize(to: quarry_buddy_tree())
    defer { record.deallocate() }
    let tree = BuddyTree(record)
    var model: Set<Node> = []

    try takeSteps(4000, seed: seed) { random in
      let order = random.below(10)
      let node = Node(order: order, index: random.below(512 >> order))
      // Mostly empty at times and mostly full at others.
      if random.once(in: model.count < 200 ? 4 : 2) {
        tree.remove(order: node.order, index: node.index)
        model.remove(node)
      } else {
        tree.insert(order: node.order, index: node.index)
        model.insert(node)
      }

      let probe = Node(order: order, index: random.below(512 >> order))
      for node in [node, probe] {
        let contains = tree.contains(order: node.order, index: node.index)
        try check(contains == model.contains(node), "contains(\(node)) is \(contains)")
      }
      let leaf = random.below(512)
      let holding = (0...BuddyTree.rootOrder).first { model.contains(Node(order: $0, index: leaf >> $0)) }
      try check(tree.order(holding: leaf) == holding, "leaf \(leaf): not \(holding as Any)")
      let isFree = tree.leaves(word: leaf >> 6) >> UInt64(leaf & 63) & 1 != 0
      try check(isFree == (holding != nil), "leaf \(leaf): free is \(isFree)")
      let start = random.below(512 >> order + 1)
      let expected = model.filter { $0.order == order && $0.index >= start }.map(\.index).min()
      let lowest = tree.lowest(order: order, from: start)
      try check(
        lowest == expected, "lowest(\(order), from: \(start)) is \(lowest as Any), not \(expected as Any)")
    }
  }

  /// Every node has a bit of its own, and no order's search runs into the next order's bits.
  @Test func everyNodeStandsForItself() throws {
    let record = UnsafeMutablePointer<quarry_buddy_tree>.allocate(capacity: 1)
    record.initialize(to: quarry_buddy_tree())
    defer { record.deallocate() }
    let tree = BuddyTree(record)
    for order in 0...BuddyTree.rootOrder {
      for index in 0..<(512 >> order) {
        tree.insert(order: order, index: index)
        for other in 0...BuddyTree.rootOrder {
          let expected = other == order ? index : nil
          try check(
            tree.lowest(order: other) == expected, "\(index) of order \(order), seen from order \(other)")
        }
        tree.remove(order: order, index: index)
      }
    }
  }
}
