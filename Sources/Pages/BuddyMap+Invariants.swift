// What BuddyMap promises, verified leaf by leaf, for tests.
#if DEBUG
  import CShim

  extension BuddyMap {
    /// The free blocks, with leaves for pages, after the orders of each word were verified.
    func verifiedBlocks(in name: String) throws -> [FreeBlock] {
      var blocks: [FreeBlock] = []
      if (0..<8).contains(where: { word($0) != 0 }) { cut(0, Self.rootOrder, &blocks) }
      var orders: UInt64 = 0
      for block in blocks {
        // A block of several words is whole in each of them.
        for word in (block.page >> 6)...(block.end - 1) >> 6 {
          orders |= 1 << UInt64(word * 8 + min(block.order, Self.wordOrder))
        }
      }
      try BrokenInvariant.unless(
        record.pointee.orders == orders, "\(name): the orders by word are \(record.pointee.orders), not \(orders)")
      return blocks
    }

    /// The largest blocks within the one of an order that begins at `start`.
    private func cut(_ start: Int, _ order: Int, _ blocks: inout [FreeBlock]) {
      if (start..<start + 1 << order).allSatisfy({ contains($0) }) {
        blocks.append(FreeBlock(page: start, order: order))
      } else if order > 0 {
        cut(start, order - 1, &blocks)
        cut(start + 1 << (order - 1), order - 1, &blocks)
      }
    }
  }
#endif
