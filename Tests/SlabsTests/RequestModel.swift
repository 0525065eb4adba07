import CShim
import Glibc
import Platform
import TestSupport
import Units

@testable import Pages
@testable import Requests
@testable import Sampling
@testable import Slabs

/// A program that remembers what it stored in each of its blocks, and a naive account of where they ought to be.
struct RequestModel {
  struct Block {
    var address: UInt
    var size: Int
    var byte: UInt8

    var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: address)! }
  }

  var blocks: [Block] = []
  /// Whether the system may refuse to map pages anew that were moved elsewhere.
  var mayLosePages = false
  private var nextByte: UInt8 = 0

  /// Large blocks are written to at their ends alone.
  private static let end = 64 << 10

  // MARK: Operations

  mutating func allocate(_ size: Int) throws {
    try enter(
      Request.allocate(
        UInt(size), large: { Request.allocateLarge($0, otherwise: { Request.allocate($0) }) },
        otherwise: { Request.allocate($0) }), size, alignment: size <= 8 ? 8 : 16)
  }

  mutating func allocateZeroed(_ size: Int) throws {
    let address = Request.allocateZeroed(UInt(size))
    if let got = UnsafeMutableRawPointer(bitPattern: address) {
      for byte in 0..<min(size, Self.end) where got.load(fromByteOffset: byte, as: UInt8.self) != 0 {
        throw Failure("byte \(byte) of \(size) is not zero")
      }
      if size > 0 {
        try check(got.load(fromByteOffset: size - 1, as: UInt8.self) == 0, "the last byte is not zero")
      }
    }
    try enter(address, size, alignment: size <= 8 ? 8 : 16)
  }

  mutating func allocate(_ size: Int, alignment: Int) throws {
    try enter(
      Request.allocate(
        UInt(size), alignment: UInt(alignment),
        otherwise: { Request.allocate(UInt(size), alignment: UInt(alignment)) }), size, alignment: alignment)
  }

  private mutating func enter(_ address: UInt, _ size: Int, alignment: Int) throws {
    if address == 0 { return try check(Faults.struck > 0, "\(size) bytes cannot be had") }
    try check(address % UInt(alignment) == 0, "\(address) is no multiple of \(alignment)")
    let usable = Request.usableSize(address, "malloc_usable_size")
    try check(usable >= size, "\(usable) of \(size) bytes are usable")
    blocks.append(Block(address: address, size: size, byte: 0))
    fill(blocks.count - 1)
  }

  mutating func reallocate(_ index: Int, to size: Int) throws {
    let old = blocks[index]
    let moved = Request.reallocate(old.address, UInt(size))
    if moved == 0 {
      return try check(Faults.struck > 0, "\(old.size) bytes cannot become \(size)")
    }
    blocks[index].address = moved
    blocks[index].size = min(size, old.size)
    // What both have; of a large block its beginning alone, if it was cut.
    if old.size <= Self.end || size >= old.size {
      blocks[index].size = min(size, old.size)
      try verifyContents(blocks[index])
    } else {
      try verifyFilled(blocks[index].pointer, min(size, Self.end), old.byte)
    }
    blocks[index].size = size
    fill(index)
  }

  mutating func free(_ index: Int) throws {
    try verifyContents(blocks[index])
    Request.free(blocks[index].address)
    blocks.swapAt(index, blocks.count - 1)
    blocks.removeLast()
  }

  mutating func freeAll() throws {
    while !blocks.isEmpty { try free(blocks.count - 1) }
  }

  /// One random operation. `limit` bounds the number of blocks.
  mutating func step(_ random: inout Random, limit: Int) throws {
    if !blocks.isEmpty, blocks.count > limit || random.below(100) < 40 {
      return try free(random.below(blocks.count))
    }
    if !blocks.isEmpty, random.once(in: 5) {
      let index = random.below(blocks.count)
      // As often to a similar size as to any other.
      let size =
        random.once(in: 2) ? max(1, blocks[index].size * random.in(50...200) / 100) : Self.size(&random)
      return try reallocate(index, to: max(1, min(size, 80 << 20)))
    }
    switch random.below(8) {
    case 0: try allocateZeroed(Self.size(&random))
    case 1: try allocate(Self.size(&random), alignment: 1 << random.below(random.once(in: 5) ? 18 : 13))
    default: try allocate(Self.size(&random))
    }
  }

  /// Mostly small.
  static func size(_ random: inout Random) -> Int {
    switch random.below(1000) {
    case 0..<700: return random.spread(to: 1024) - 1
    case 700..<950: return random.spread(to: Tunables.largestObject)
    case 950..<996: return random.in(Tunables.largestObject...(1 << 20))
    default: return random.in((20 << 20)...(40 << 20))
    }
  }

  // MARK: Contents

  private mutating func fill(_ index: Int) {
    nextByte &+= 1
    blocks[index].byte = nextByte
    let block = blocks[index]
    memset(block.pointer, Int32(nextByte), min(block.size, Self.end))
    if block.size > Self.end { memset(block.pointer + block.size - 64, Int32(nextByte), 64) }
  }

  private func verifyContents(_ block: Block) throws {
    try verifyFilled(block.pointer, min(block.size, Self.end), block.byte)
    if block.size > Self.end { try verifyFilled(block.pointer + block.size - 64, 64, block.byte) }
  }

  /// Every byte equals the one after it, and the first is right.
  private func verifyFilled(_ pointer: UnsafeMutableRawPointer, _ count: Int, _ byte: UInt8) throws {
    if count == 0 { return }
    let isRight =
      pointer.load(as: UInt8.self) == byte && memcmp(pointer, pointer + 1, count - 1) == 0
    try check(isRight, "a block of \(count) bytes at \(pointer) was changed")
  }

  // MARK: Verification

  /// Holds every book of the heap against the blocks of the program.
  func verify() throws {
    if !Boot.isUp { return try check(blocks.isEmpty, "blocks without a heap") }
    let census = try HeapRegistry.shared.verifiedCensus()
    var expected = Expected()
    for block in blocks { try place(block, census, &expected) }
    try verify(census, expected)
    try verifyClasses(census, expected)
    try verifySurvey(census, expected)
  }

  /// What the blocks of the program come to.
  private struct Expected {
    /// By class.
    var objects = [Int](repeating: 0, count: SizeClass.count)
    var runs = 0
    var runBytes = 0
    var areas = 0
    var areaBytes = 0
  }

  /// Looks up where a block is, and counts it there.
  private func place(_ block: Block, _ census: Census, _ expected: inout Expected) throws {
    let zone = Zone.shared
    let offset = zone.offset(block.address)
    let usable = Request.usableSize(block.address, "malloc_usable_size")
    if offset >= UInt64(zone.extent) {
      expected.areas += 1
      expected.areaBytes += usable
      try verify(Sample(ofArea: block.address), of: block)
    } else if let pages = census.runs[PageIndex(offset: offset).int] {
      let page = PageIndex(offset: offset)
      let sizeClass = Sample.sizeClass(at: page)
      let isWhole = sizeClass.map { pages == Page.count(bytes: usable) && usable == $0.objectSize }
      try check(isWhole ?? (pages << Page.shift == usable), "a run of \(pages) pages has \(usable) bytes")
      if sizeClass == nil { try verify(Sample(at: page), of: block) }
      expected.runs += 1
      expected.runBytes += pages << Page.shift
    } else {
      try check(census.isLive(offset), "a block of \(block.size) bytes is free")
      expected.objects[SizeClass(serving: usable).rawValue] += 1
    }
  }

  private func verify(_ census: Census, _ expected: Expected) throws {
    try check(census.live == expected.objects.reduce(0, +), "\(census.live) objects are live")
    try check(census.runs.count == expected.runs, "\(census.runs.count) runs are live, not \(expected.runs)")
    let areas = VirtualAreas.shared.count
    try check(areas == expected.areas, "\(areas) areas, not \(expected.areas)")
  }

  private func verifyClasses(_ census: Census, _ expected: Expected) throws {
    let surveys = ClassSurveys.take()
    for (number, live) in expected.objects.enumerated() {
      let counted = census.classes[number]
      let surveyed = surveys[SizeClass(number)]
      try check(counted.live == live, "class \(number): \(counted.live) live, not \(live)")
      try check(
        surveyed.pages == counted.pages
          && surveyed.carved == counted.carved
          && surveyed.home == counted.home && surveyed.away == counted.away && surveyed.live == live,
        "class \(number): \(surveyed), not \(counted)")
    }
  }

  private func verifySurvey(_ census: Census, _ expected: Expected) throws {
    let survey = Survey.take()
    let objects = expected.objects
    let liveBytes = objects.indices.reduce(0) { $0 + objects[$1] * SizeClass($1).objectSize }
    try check(survey.liveObjects == liveBytes, "\(survey.liveObjects) bytes of objects, not \(liveBytes)")
    let lost = census.lostPages << Page.shift
    let unmapped = Int(Zone.shared.record.pointee.skipped_pages) << Page.shift
    try check(lost == unmapped && (lost == 0 || mayLosePages), "\(lost) bytes are nobody's, and \(unmapped) unmapped")
    try check(survey.runs == expected.runBytes, "\(survey.runs) bytes of runs, not \(expected.runBytes)")
    try check(survey.mapped == expected.areaBytes, "\(survey.mapped) bytes mapped, not \(expected.areaBytes)")
    try check(
      survey.opened == survey.slabPages + survey.runs + survey.freePages + Page.size,
      "the survey does not add up")
  }

  /// A sample of whole pages knows what was asked for last.
  private func verify(_ sample: Sample?, of block: Block) throws {
    guard let sample else { return }
    try check(sample.size == UInt64(block.size), "a sample of \(sample.size) bytes has \(block.size)")
  }
}

extension Request {
  /// As calloc has it, without a last resort.
  static func allocateZeroed(_ size: UInt) -> UInt {
    allocateZeroed(size, large: { allocateLargeZeroed($0, otherwise: zeroedSlow) }, otherwise: zeroedSlow)
  }

  private static func zeroedSlow(_ size: UInt) -> UInt {
    if size > UInt(Tunables.largestObject) { return allocatePages(size, alignment: 1, zeroed: true) }
    let object = allocate(size)
    if object != 0 { clear(object, bytes: Int(size)) }
    return object
  }

  /// As realloc has it, without a last resort.
  static func reallocate(_ address: UInt, _ size: UInt) -> UInt {
    let slow = { reallocate($0, $1, "realloc") }
    return reallocate(
      address, size, moving: { moveObject($0, $2, to: $1, otherwise: slow) },
      otherwise: { resizeWithinPages($0, to: $1, otherwise: slow) })
  }
}
