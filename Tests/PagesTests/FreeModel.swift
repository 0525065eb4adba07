import Pages

/// The free pages as ranges that neither overlap nor touch: what the maps of a free area are held against. A set of
/// free pages has exactly one cut into blocks in which no two buddies are free.
struct FreeModel {
  private(set) var ranges: [Range<Int>] = []

  var pages: Int { ranges.reduce(0) { $0 + $1.count } }

  func contains(_ pages: Range<Int>) -> Bool { ranges.contains { $0.contains(pages) } }

  mutating func insert(_ pages: Range<Int>) {
    if pages.isEmpty { return }
    precondition(!ranges.contains { $0.overlaps(pages) }, "the test gives pages back that are free")
    let before = ranges.firstIndex { $0.upperBound >= pages.lowerBound } ?? ranges.endIndex
    var new = pages
    var last = before
    while last < ranges.endIndex, ranges[last].lowerBound <= pages.upperBound {
      new = min(new.lowerBound, ranges[last].lowerBound)..<max(new.upperBound, ranges[last].upperBound)
      last += 1
    }
    ranges.replaceSubrange(before..<last, with: [new])
  }

  /// Removes those of the pages that are free.
  mutating func remove(overlapping pages: Range<Int>) {
    for range in ranges where range.overlaps(pages) { remove(range.clamped(to: pages)) }
  }

  mutating func remove(_ pages: Range<Int>) {
    if pages.isEmpty { return }
    let index = ranges.firstIndex { $0.contains(pages) }
    guard let index else { preconditionFailure("the test takes pages that are not free") }
    let old = ranges[index]
    let rest = [old.lowerBound..<pages.lowerBound, pages.upperBound..<old.upperBound]
    ranges.replaceSubrange(index...index, with: rest.filter { !$0.isEmpty })
  }

  /// The blocks by address: each is as large as alignment and its neighbours allow.
  var blocks: [FreeBlock] {
    var blocks: [FreeBlock] = []
    guard let end = ranges.last?.upperBound else { return [] }
    for start in stride(from: 0, to: end, by: 1 << 18) { cut(start, 18, ranges[...], &blocks) }
    return blocks
  }

  private func cut(
    _ start: Int, _ order: Int, _ candidates: ArraySlice<Range<Int>>, _ blocks: inout [FreeBlock]
  ) {
    let block = start..<(start + 1 << order)
    var near = candidates
    while let first = near.first, first.upperBound <= block.lowerBound { near.removeFirst() }
    while let last = near.last, last.lowerBound >= block.upperBound { near.removeLast() }
    guard let first = near.first else { return }
    if first.contains(block) {
      blocks.append(FreeBlock(page: start, order: order))
    } else if order > 0 {
      cut(start, order - 1, near, &blocks)
      cut(start + 1 << (order - 1), order - 1, near, &blocks)
    }
  }
}

extension [FreeBlock] {
  /// The block that serves an order: the lowest of the smallest ones that are large enough.
  func serving(order: Int) -> FreeBlock? {
    guard let smallest = filter({ $0.order >= order }).map(\.order).min() else { return nil }
    return first { $0.order == smallest }
  }

  func block(holding page: Int) -> FreeBlock? { first { $0.page <= page && page < $0.end } }
}
