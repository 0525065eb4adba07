import CShim
import TestSupport
import Testing

@testable import Pages

/// A zone's record with tables of its own and no pages behind it: a free area never touches them.
private final class BareZone {
  let record: UnsafeMutablePointer<quarry_zone>
  let pages: Int
  private let gigablocks: UnsafeMutableRawBufferPointer

  init(pages: Int) {
    self.pages = pages
    record = .allocate(capacity: 1)
    record.initialize(to: quarry_zone())
    gigablocks = .allocate(byteCount: Int(quarry_gigablock_bytes(UInt(pages))), alignment: 64)
    gigablocks.initializeMemory(as: UInt8.self, repeating: 0)
    record.pointee.gigablocks = UInt(bitPattern: gigablocks.baseAddress)
    record.pointee.extent = UInt(pages << 12)
  }

  deinit {
    gigablocks.deallocate()
    record.deallocate()
  }

  var area: FreeArea { FreeArea(record) }
}

/// A free area, a model of it, and the ranges that the test holds.
private struct FreeAreaModel {
  let zone: BareZone
  var free = FreeModel()
  var held: [Range<Int>] = []

  init(pages: Int) throws {
    zone = BareZone(pages: pages)
    zone.area.give(from: 0, to: pages)
    free.insert(0..<pages)
    try verify()
  }

  func verify() throws {
    let blocks = try zone.area.verifiedBlocks(pages: zone.pages)
    try check(blocks == free.blocks, "free are \(blocks), not \(free.blocks)")
  }

  mutating func take(order: Int) throws {
    let expected = free.blocks.serving(order: order)?.page
    let page = zone.area.lowest(holding: order)
    try check(page == expected, "lowest(holding: \(order)) is \(page as Any), not \(expected as Any)")
    if let page { take(page..<(page + 1 << order)) }
  }

  /// Takes what is free from the start of a range on.
  mutating func takeFree(from range: Range<Int>) throws {
    let end = zone.area.end(ofRunFrom: range.lowerBound, notBeyond: range.upperBound)
    let run = free.ranges.first { $0.contains(range.lowerBound) }
    let expected = run.map { min($0.upperBound, range.upperBound) } ?? range.lowerBound
    try check(end == expected, "the run from \(range.lowerBound) ends at \(end), not \(expected)")
    if end > range.lowerBound { take(range.lowerBound..<end) }
  }

  private mutating func take(_ range: Range<Int>) {
    zone.area.take(from: range.lowerBound, to: range.upperBound)
    free.remove(range)
    held.append(range)
  }

  /// Gives back a part of what is held, or all of it.
  mutating func giveSome(_ random: inout Random) {
    if held.isEmpty { return }
    let index = random.below(held.count)
    let range = held[index]
    held.swapAt(index, held.count - 1)
    held.removeLast()
    let part = random.once(in: 3) ? somePart(of: range, &random) : range
    zone.area.give(from: part.lowerBound, to: part.upperBound)
    free.insert(part)
    for rest in [range.lowerBound..<part.lowerBound, part.upperBound..<range.upperBound] where !rest.isEmpty {
      held.append(rest)
    }
  }

  private func somePart(of range: Range<Int>, _ random: inout Random) -> Range<Int> {
    let start = range.lowerBound + random.below(range.count)
    return start..<(start + random.spread(to: range.upperBound - start))
  }

  func verifyQueries(_ random: inout Random) throws {
    let blocks = free.blocks
    let page = random.below(zone.pages)
    let block = zone.area.block(holding: page)
    let expected = blocks.block(holding: page)
    try check(
      block?.start == expected?.page && block?.end == expected?.end,
      "block(holding: \(page)) is \(block as Any), not \(expected as Any)")
    let count = 1 + random.below(512)
    let lowestRun = zone.area.lowestRun(of: count)
    let fitting = free.ranges.first { $0.count >= count }?.lowerBound
    try check(
      lowestRun == fitting, "lowestRun(of: \(count)) is \(lowestRun as Any), not \(fitting as Any)")
    let (long, alignment) = (513 + random.below(zone.pages), 1 << random.below(11))
    let shortestRun = zone.area.shortestRun(of: long, alignment: alignment)
    let first = { (range: Range<Int>) in (range.lowerBound + alignment - 1) & ~(alignment - 1) }
    let shortest = free.ranges.filter { first($0) + long <= $0.upperBound && $0.upperBound < zone.pages }.min {
      $0.count < $1.count
    }.map(first)
    try check(
      shortestRun == shortest, "shortestRun(of: \(long)) is \(shortestRun as Any), not \(shortest as Any)")
    try zone.area.verifyHints(blocks)
    let word = random.below(zone.pages >> 6)
    let bits = (0..<64).reduce(UInt64(0)) { $0 | (blocks.block(holding: word << 6 + $1) == nil ? 0 : 1 << UInt64($1)) }
    try check(zone.area.word(word) == bits, "word \(word) is \(zone.area.word(word)), not \(bits)")
    let start = free.ranges.first { $0.contains(page - 1) }?.lowerBound ?? page
    let found = zone.area.start(ofRunBefore: page)
    try check(found == start, "the run before \(page) begins at \(found), not \(start)")
    let order = random.below(19)
    let lowest = zone.area.lowest(order: order, from: page)
    let expectedBlock = blocks.first { $0.order == order && $0.page >= page }?.page
    try check(
      lowest == expectedBlock,
      "lowest(order: \(order), from: \(page)) is \(lowest as Any), not \(expectedBlock as Any)")
  }
}

@Suite("FreeArea")
struct FreeAreaTests {
  /// Sixteen mebibytes: the orders within a pageblock, and merges across the border to the gigablock's map.
  @Test(arguments: [11, 12, 13] as [UInt64])
  func smallBlocksMatchTheModel(seed: UInt64) throws {
    var model = try FreeAreaModel(pages: 4096)
    try takeSteps(1500, seed: seed) { random in
      // Nearly full at times and nearly empty at others.
      let giving = model.free.pages < 512 ? 70 : model.free.pages > 3584 ? 30 : 50
      if random.below(100) < giving {
        model.giveSome(&random)
      } else if random.once(in: 3) {
        let start = random.below(4095)
        try model.takeFree(from: start..<(start + random.spread(to: min(600, 4096 - start))))
      } else {
        try model.take(order: random.below(random.once(in: 4) ? 12 : 5))
      }
      try model.verify()
      try model.verifyQueries(&random)
    }
  }

  /// Four gibibytes, of which the last gigablock is not whole: large orders and ranges that cross gigablocks.
  @Test(arguments: [21, 22] as [UInt64])
  func largeBlocksMatchTheModel(seed: UInt64) throws {
    let pages = 3 << 18 + 1 << 17 + 512
    var model = try FreeAreaModel(pages: pages)
    try takeSteps(150, seed: seed) { random in
      if random.once(in: 2) {
        model.giveSome(&random)
      } else if random.once(in: 3) {
        let start = random.below(pages - 1)
        try model.takeFree(from: start..<(start + random.spread(to: pages - start)))
      } else {
        try model.take(order: random.in(8...18))
      }
      try model.verify()
      try model.verifyQueries(&random)
    }
  }

  @Test func nothingIsFreeAtFirst() throws {
    let zone = BareZone(pages: 1024)
    #expect(try zone.area.verifiedBlocks(pages: 1024) == [])
    for order in 0...18 { #expect(zone.area.lowest(holding: order) == nil) }
    #expect(zone.area.end(ofRunFrom: 0, notBeyond: 1024) == 0)
    #expect(zone.area.start(ofRunBefore: 1024) == 1024)
    #expect(zone.area.block(holding: 1023) == nil)
  }

  @Test func onePageSplitsABlockDownToItsSize() throws {
    let zone = BareZone(pages: 1 << 18)
    zone.area.give(from: 0, to: 1 << 18)
    #expect(zone.area.lowest(holding: 0) == 0)
    zone.area.take(from: 0, to: 1)
    let blocks = try zone.area.verifiedBlocks(pages: zone.pages)
    #expect(blocks == (0..<18).map { FreeBlock(page: 1 << $0, order: $0) })
    zone.area.give(from: 0, to: 1)
    #expect(try zone.area.verifiedBlocks(pages: zone.pages) == [FreeBlock(page: 0, order: 18)])
  }

  /// A gibibyte is the largest block: two of them stay two.
  @Test func theLargestBlocksDoNotMerge() throws {
    let zone = BareZone(pages: 1 << 19)
    zone.area.give(from: 0, to: 1 << 19)
    #expect(
      try zone.area.verifiedBlocks(pages: 1 << 19) == [
        FreeBlock(page: 0, order: 18), FreeBlock(page: 1 << 18, order: 18),
      ])
  }
}
