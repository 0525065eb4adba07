// BuddyMap: which of 512 leaves are free, a bit each. A set of free leaves has exactly one cut into blocks in which no two
// buddies are free, so the blocks of the buddy system (Knowlton, "A fast storage allocator", 1965) need not be recorded:
// to split and to merge is to clear and to set bits, any number at a time. The same map serves the pages of a pageblock
// and, with pageblocks for leaves, a gigablock. Guarded by: the zone's lock.
//
// Invariant: `orders` has, for each word of 64 leaves, the orders of the blocks within that word.
import CShim
import Units

struct BuddyMap {
  let record: UnsafeMutablePointer<quarry_buddy_map>

  @inline(__always) init(_ record: UnsafeMutablePointer<quarry_buddy_map>) { self.record = record }

  static let leaves = 512
  /// The order of all leaves together, and that of a word of them.
  static let rootOrder = 9
  static let wordOrder = 6

  private var words: UnsafeMutablePointer<UInt64> { quarry_buddy_map_free(record) }

  /// Which of the 64 leaves from `number` * 64 on are free.
  @inline(__always) func word(_ number: Int) -> UInt64 { words[number] }

  @inline(__always) func contains(_ leaf: Int) -> Bool { words[leaf &>> 6] &>> UInt64(leaf & 63) & 1 != 0 }

  @inline(__always) var isFull: Bool { record.pointee.orders == Self.aligned(3) &<< UInt64(Self.wordOrder) }

  /// Makes the leaves from `start` to `end` free.
  func insert(from start: Int, to end: Int) {
    forEachWord(from: start, to: end) { number, mask in set(number, words[number] | mask) }
  }

  /// Takes the leaves from `start` to `end`.
  func remove(from start: Int, to end: Int) {
    forEachWord(from: start, to: end) { number, mask in set(number, words[number] & ~mask) }
  }

  @inline(__always) private func set(_ number: Int, _ word: UInt64) {
    words[number] = word
    let shift = UInt64(number &* 8)
    record.pointee.orders = record.pointee.orders & ~(0xff &<< shift) | Self.orders(in: word) &<< shift
  }

  /// The orders of the blocks within each word, a byte each: as long as they stay the same, so do the map's.
  @inline(__always) var ordersByWord: UInt64 { record.pointee.orders }

  /// The orders of the free blocks, a bit each; bit 9 alone when all leaves are free.
  var orders: UInt32 { Self.orders(byWord: ordersByWord) }

  /// The orders of the free blocks of a map with such words.
  static func orders(byWord: UInt64) -> UInt32 {
    var orders = byWord
    var whole = orders &>> UInt64(Self.wordOrder) & Self.aligned(3)
    orders |= orders &>> 32
    orders |= orders &>> 16
    orders |= orders &>> 8
    orders &= 1 &<< UInt64(Self.wordOrder) &- 1
    if whole != 0 {
      for order in Self.wordOrder..<Self.rootOrder {
        let (alone, merged) = Self.merge(whole, order &- 3)
        if alone != 0 { orders |= 1 &<< UInt64(order) }
        whole = merged
      }
      orders |= whole &<< UInt64(Self.rootOrder)
    }
    return UInt32(truncatingIfNeeded: orders)
  }

  /// The first leaf of the lowest free block of exactly this order at `start` or above; nil when there is none.
  /// - Precondition: `start` is below 512.
  func lowest(order: Int, from start: Int = 0) -> Int? {
    let first = start &>> 6
    if order >= Self.wordOrder {
      let from = (start &+ 63) &>> 6
      let blocks = from == 8 ? 0 : wholeWords(order) & UInt64.max &<< UInt64(from &* 8)
      return blocks == 0 ? nil : blocks.trailingZeroBitCount &<< 3
    }
    var words = record.pointee.orders &>> UInt64(order) & Self.aligned(3) & UInt64.max &<< UInt64(first &* 8)
    while words != 0 {
      let number = words.trailingZeroBitCount &>> 3
      var blocks = Self.blocks(in: word(number), order: order)
      if number == first { blocks &= UInt64.max &<< UInt64(start & 63) }
      if blocks != 0 { return number &<< 6 &+ blocks.trailingZeroBitCount }
      words &= words &- 1
    }
    return nil
  }

  /// The first leaf of the lowest free and aligned 2^order leaves at `start` or above, be they a block or part of one.
  /// - Precondition: `order` is at most a word's, and `start` at most 512.
  func lowest(holding order: Int, from start: Int) -> Int? {
    if start == Self.leaves { return nil }
    let first = start &>> 6
    let enough = (0x7f &<< UInt64(order) & 0x7f) &* Self.aligned(3)
    var words = record.pointee.orders & enough & UInt64.max &<< UInt64(first &* 8)
    while words != 0 {
      let number = words.trailingZeroBitCount &>> 3
      var free = word(number)
      if number == first { free &= UInt64.max &<< UInt64(start & 63) }
      let parts = Self.lengthen(free, to: order)
      if parts != 0 { return number &<< 6 &+ parts.trailingZeroBitCount }
      words &= ~(0xff &<< UInt64(number &* 8))
    }
    return nil
  }

  /// The first leaf of the free ones just before `leaf`.
  func start(ofRunBefore leaf: Int) -> Int {
    var start = leaf
    while start > 0 {
      let last = start &- 1
      let taken = ~word(last &>> 6) &<< UInt64(63 &- last & 63)
      if taken != 0 { return start &- taken.leadingZeroBitCount }
      start = last & ~63
    }
    return 0
  }

  /// The end of the free leaves from `leaf` on.
  func end(ofRunFrom leaf: Int) -> Int {
    var end = leaf
    while end < Self.leaves {
      let taken = ~word(end &>> 6) &>> UInt64(end & 63)
      if taken != 0 { return end &+ taken.trailingZeroBitCount }
      end = (end | 63) &+ 1
    }
    return Self.leaves
  }

  /// Free blocks of exactly this order.
  func count(order: Int) -> Int {
    if order >= Self.wordOrder { return wholeWords(order).nonzeroBitCount }
    var count = 0
    for number in 0..<8 { count &+= Self.blocks(in: word(number), order: order).nonzeroBitCount }
    return count
  }

  /// The order of the free block that holds a leaf.
  func order(holding leaf: Int) -> Int? {
    if !contains(leaf) { return nil }
    if record.pointee.orders &>> UInt64(leaf &>> 6 &* 8 &+ Self.wordOrder) & 1 == 0 {
      var order = 0
      while Self.lengthen(word(leaf &>> 6), to: order &+ 1) &>> UInt64(leaf & 63 & ~(2 &<< order &- 1)) & 1 != 0 {
        order &+= 1
      }
      return order
    }
    var order = Self.rootOrder
    while wholeWords(order) &>> UInt64((leaf &>> order) &<< (order &- 3) & 63) & 1 == 0 { order &-= 1 }
    return order
  }

  // MARK: Blocks within a word, each by the bit of its first leaf; of whole words, a bit at the first byte of each

  /// The bits at multiples of 2^order.
  @inline(__always) private static func aligned(_ order: Int) -> UInt64 {
    switch order {
    case 0: 0xffff_ffff_ffff_ffff
    case 1: 0x5555_5555_5555_5555
    case 2: 0x1111_1111_1111_1111
    case 3: 0x0101_0101_0101_0101
    case 4: 0x0001_0001_0001_0001
    case 5: 0x0000_0001_0000_0001
    default: 1
    }
  }

  /// Those of the blocks of an order whose buddies are not free, and those that merge with them.
  @inline(__always) private static func merge(_ blocks: UInt64, _ order: Int) -> (alone: UInt64, merged: UInt64) {
    let length = UInt64(1) &<< UInt64(order)
    let merged = blocks & blocks &>> length & aligned(order &+ 1)
    return (blocks & ~(merged | merged &<< length), merged)
  }

  /// The orders of the free blocks in a word; bit 6 alone when all of it is free.
  private static func orders(in word: UInt64) -> UInt64 {
    var orders: UInt64 = 0
    var blocks = word
    for order in 0..<wordOrder {
      let (alone, merged) = merge(blocks, order)
      if alone != 0 { orders |= 1 &<< UInt64(order) }
      if merged == 0 { return orders }
      blocks = merged
    }
    return orders | blocks &<< UInt64(wordOrder)
  }

  /// The aligned runs of 2^order free leaves among `runs`, which are as long as 2^from.
  @inline(__always) private static func lengthen(_ runs: UInt64, from: Int = 0, to order: Int) -> UInt64 {
    var runs = runs
    var length = UInt64(1) &<< UInt64(from)
    while length < 1 &<< UInt64(order) {
      runs &= runs &>> length
      length &<<= 1
    }
    return runs & aligned(order)
  }

  /// The blocks of exactly an order below 6 in a word.
  @inline(__always) private static func blocks(in word: UInt64, order: Int) -> UInt64 {
    merge(lengthen(word, to: order), order).alone
  }

  /// The blocks of exactly an order of 6 or more: a byte stands for eight leaves in `orders`.
  private func wholeWords(_ order: Int) -> UInt64 {
    let whole = record.pointee.orders &>> UInt64(Self.wordOrder) & Self.aligned(3)
    let blocks = Self.lengthen(whole, from: 3, to: order &- 3)
    return order == Self.rootOrder ? blocks : Self.merge(blocks, order &- 3).alone
  }
}

/// Calls `body` with the number of each 64-bit word in which bits from `start` to `end` lie, and a mask of them.
@inline(__always) func forEachWord(from start: Int, to end: Int, _ body: (Int, UInt64) -> Void) {
  var bit = start
  while bit < end {
    let next = min(end, (bit | 63) &+ 1)
    let width = UInt64(next &- bit)
    body(bit &>> 6, (UInt64.max &>> (64 &- width)) &<< UInt64(bit & 63))
    bit = next
  }
}
