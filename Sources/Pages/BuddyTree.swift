// BuddyTree: free blocks among 512 leaves as a perfect binary tree of bits (Knowlton, "A fast storage allocator", 1965;
// Knuth, "The Art of Computer Programming" 1, 2.5). The same tree serves the pages of a pageblock and, with pageblocks
// for leaves, a gigablock. Guarded by: the zone's lock.
import CShim
import Units

struct BuddyTree {
  let words: UnsafeMutablePointer<UInt64>

  @inline(__always) init(_ record: UnsafeMutablePointer<quarry_buddy_tree>) { words = quarry_buddy_tree_words(record) }

  /// Levels of the tree: order 0 are the leaves, order 9 is the root.
  static let rootOrder = 9

  @inline(__always) private func node(_ order: Int, _ index: Int) -> Int { (512 &>> order) &+ index }

  @inline(__always) func contains(order: Int, index: Int) -> Bool {
    let node = node(order, index)
    return words[node &>> 6] &>> UInt64(node & 63) & 1 != 0
  }

  @inline(__always) func insert(order: Int, index: Int) {
    let node = node(order, index)
    words[node &>> 6] |= 1 &<< UInt64(node & 63)
  }

  @inline(__always) func remove(order: Int, index: Int) {
    let node = node(order, index)
    words[node &>> 6] &= ~(1 &<< UInt64(node & 63))
  }

  /// The order of the free block that holds a leaf.
  @inline(__always) func order(holding leaf: Int) -> Int? {
    var node = 512 &+ leaf
    for order in 0...Self.rootOrder {
      if words[node &>> 6] &>> UInt64(node & 63) & 1 != 0 { return order }
      node &>>= 1
    }
    return nil
  }

  /// Which of the 64 leaves from `word` * 64 on lie in a free block: a bit each.
  func leaves(word: Int) -> UInt64 {
    for order in 7...Self.rootOrder where contains(order: order, index: word &>> (order &- 6)) { return .max }
    var mask: UInt64 = contains(order: 6, index: word) ? 1 : 0
    for order in (0..<6).reversed() {
      // The 64 >> order blocks of this order begin at a multiple of their number.
      let first = node(order, word &<< (6 &- order))
      let blocks = words[first &>> 6] &>> UInt64(first & 63)
      mask = Self.doubled(mask) | blocks & (UInt64.max &>> UInt64(64 &- (64 &>> order)))
    }
    return mask
  }

  /// Each of the low 32 bits twice (Warren, "Hacker's delight", 2nd edition, 7-2).
  @inline(__always) private static func doubled(_ bits: UInt64) -> UInt64 {
    var spread = bits & 0xffff_ffff
    spread = (spread | spread &<< 16) & 0x0000_ffff_0000_ffff
    spread = (spread | spread &<< 8) & 0x00ff_00ff_00ff_00ff
    spread = (spread | spread &<< 4) & 0x0f0f_0f0f_0f0f_0f0f
    spread = (spread | spread &<< 2) & 0x3333_3333_3333_3333
    spread = (spread | spread &<< 1) & 0x5555_5555_5555_5555
    return spread | spread &<< 1
  }

  /// The lowest free block of exactly this order at `start` or above, by index; nil when there is none.
  func lowest(order: Int, from start: Int = 0) -> Int? {
    let first = 512 &>> order
    let end = first &<< 1
    var node = first &+ start
    while node < end {
      let word = words[node &>> 6] &>> UInt64(node & 63)
      if word != 0 {
        let found = node &+ word.trailingZeroBitCount
        return found < end ? found &- first : nil
      }
      node = (node | 63) &+ 1
    }
    return nil
  }

  /// Free blocks of exactly this order.
  func count(order: Int) -> Int {
    var count = 0
    var index = lowest(order: order)
    while let found = index {
      count &+= 1
      index = found &+ 1 < 512 &>> order ? lowest(order: order, from: found &+ 1) : nil
    }
    return count
  }
}
