import CShim
import TestSupport
import Testing

@testable import Units

/// Every size there is, since there are few.
private let sizes = 0...Tunables.largestObject
private var classes: [SizeClass] { SizeClass.all.map { SizeClass($0) } }

@Suite("Size classes")
struct SizeClassTests {
  @Test func everySizeGetsTheSmallestClassThatHoldsIt() throws {
    let classes = classes
    for size in sizes {
      let number = SizeClass(serving: size).rawValue
      try check(SizeClass.all.contains(number), "\(size) bytes: class \(number) does not exist")
      try check(classes[number].objectSize >= size, "\(size) bytes: class \(number) is too small")
      try check(
        number == 0 || classes[number - 1].objectSize < size, "\(size) bytes: class \(number - 1) would do")
    }
    #expect(SizeClass(serving: Tunables.largestObject).rawValue == SizeClass.count - 1)
  }

  @Test func classesGrow() {
    for (smaller, larger) in zip(classes, classes.dropFirst()) {
      #expect(smaller.objectSize < larger.objectSize)
    }
  }

  @Test func roundingWastesAtMostANinthAbove128Bytes() throws {
    for size in sizes where size > 128 {
      let object = SizeClass(serving: size).objectSize
      try check((object - size) * 9 <= object, "\(size) bytes get \(object)")
    }
  }

  @Test func wholePagesWasteAtMostAnEighthAboveTheClasses() throws {
    for size in stride(from: Tunables.largestObject + 1, through: 1 << 20, by: 1) {
      let block = Page.count(bytes: size) << Page.shift
      try check((block - size) * 8 <= block, "\(size) bytes get \(block)")
    }
  }

  /// An aligned request goes to the class of its size rounded up to the alignment.
  @Test func theClassOfTheLeastMultipleOfAnAlignmentIsTheLeastAlignedOne() throws {
    var alignment = 16
    while alignment <= Page.size {
      var aligned = classes.filter { $0.objectSize % alignment == 0 }[...]
      for size in sizes where size > 0 {
        if aligned.first!.objectSize < size { aligned.removeFirst() }
        let chosen = SizeClass(serving: ((size - 1) | (alignment - 1)) + 1)
        try check(chosen == aligned.first, "\(size) bytes at \(alignment) get \(chosen.objectSize)")
      }
      alignment *= 2
    }
  }

  /// Slabs begin at pages, so an object is as aligned as its size. The C library promises 16 bytes, and an aligned
  /// request looks for a class that is a multiple of its alignment.
  @Test func sizesAreAligned() {
    #expect(classes[0].objectSize == 8)
    for sizeClass in classes.dropFirst() { #expect(sizeClass.objectSize % 16 == 0) }
    var power = 8
    while power <= Tunables.largestObject {
      #expect(SizeClass(serving: power).objectSize == power)
      power *= 2
    }
  }

  /// The page map and the table by size have a byte for a class, and its two highest values mean other things.
  @Test func classNumbersFitTheRecords() {
    #expect(SizeClass.count == Int(QUARRY_CLASS_COUNT))
    #expect(SizeClass.count < Int(QUARRY_ENTRY_UNCARVED))
  }

  /// The table has an entry for eight sizes, which is right when all of them belong to one class.
  @Test func aTableByEightBytesIsEnough() throws {
    for size in sizes where size > 0 {
      let rounded = (size + 7) / 8 * 8
      try check(
        SizeClass(serving: size) == SizeClass(serving: rounded), "\(size) and \(rounded) have two classes")
    }
  }
}

@Suite("Object starts")
struct ObjectStartTests {
  /// Every byte of the longest slab of every class.
  @Test(arguments: SizeClass.all)
  func oneMultiplicationTellsTheStartOfAnObject(number: Int) throws {
    let sizeClass = SizeClass(number)
    let inverse = sizeClass.inverse
    let size = sizeClass.objectSize
    var untilStart = 0
    for position in 0..<(longestSlab(sizeClass) << Page.shift) {
      let isStart = untilStart == 0
      if (UInt64(position) &* inverse < inverse) != isStart {
        throw Failure("\(size)-byte objects, position \(position): start is \(isStart)")
      }
      untilStart = isStart ? size - 1 : untilStart - 1
    }
  }

  /// The page map counts up to 255 pages of a slab: no slab is that long today, but the test would still be exact.
  @Test func theMultiplicationIsExactAsFarAsThePageMapReaches() throws {
    for sizeClass in classes {
      let inverse = sizeClass.inverse
      let size = sizeClass.objectSize
      for bytes in [0, 1, size - 1, size, size + 1, 100 * size - 1, 100 * size, 1 << 20, 1 << 25 - 1] {
        try check(SizeClass.quotient(bytes, inverse) == bytes / size, "\(bytes) bytes in objects of \(size)")
      }
      for start in stride(from: size, to: 256 << Page.shift, by: size) {
        let exact =
          UInt64(start - 1) &* inverse >= inverse && UInt64(start) &* inverse < inverse
          && UInt64(start + 1) &* inverse >= inverse
        try check(exact, "\(size)-byte objects, around position \(start)")
      }
    }
  }
}

@Suite("Filled objects")
struct FilledObjectTests {
  @Test(arguments: SizeClass.all)
  func oneMultiplicationTellsWhatFillsMoreThanHalf(number: Int) throws {
    let sizeClass = SizeClass(number)
    let size = UInt(sizeClass.objectSize)
    for bytes in [UInt](0...2 * size + 1) + [1 << 24, 1 << 25, 1 << 40, 1 << 63 - 1, 1 << 63, 1 << 63 + size, .max] {
      let isFilled = bytes <= size && bytes > size / 2
      try check(
        SizeClass.isMostlyFilled(by: bytes, sizeClass.inverse) == isFilled, "\(bytes) bytes in an object of \(size)")
    }
  }
}

@Suite("Codes")
struct ClassCodeTests {
  /// A code is one byte of the page map, below the kinds of pages that are no slab's.
  @Test func aCodeIsAByteThatSaysTheClass() {
    for sizeClass in classes {
      #expect(SizeClass(code: sizeClass.code) == sizeClass)
      #expect(sizeClass.code < UInt64(QUARRY_ENTRY_KERNEL))
    }
  }
}

@Suite("Slab and list lengths")
struct SlabLengthTests {
  @Test func slabsFitTheirRecordsAndWasteLittle() {
    for sizeClass in classes {
      for having in [0, 1, 16, 100, 1_000_000] {
        let pages = sizeClass.slabPages(having: having)
        let bytes = pages << Page.shift
        #expect(pages >= 1)
        #expect(pages <= 255, "the page map has eight bits for the page within the slab")
        #expect(bytes / sizeClass.objectSize >= 1)
        #expect(bytes / sizeClass.objectSize <= Int(UInt16.max), "a frame counts objects in 16 bits")
        let hasFew = having < sizeClass.shortestSlab * Tunables.tailShare
        #expect(hasFew || bytes % sizeClass.objectSize * 16 <= bytes, "the tail is more than a sixteenth")
      }
    }
  }

  @Test func theShortestSlabIsTheShortestOneWithASmallTail() {
    for sizeClass in classes {
      let shortest = sizeClass.shortestSlab
      for pages in sizeClass.lengths where pages < shortest {
        let bytes = pages << Page.shift
        #expect(bytes < sizeClass.objectSize || bytes % sizeClass.objectSize * 16 > bytes)
      }
    }
  }

  @Test func slabsGrowInProportionToTheirClass() {
    for sizeClass in classes {
      let shortest = sizeClass.shortestSlab
      #expect(sizeClass.slabPages(having: 0) == Page.count(bytes: sizeClass.objectSize))
      var last = 0
      for having in 0...1000 {
        let pages = sizeClass.slabPages(having: having)
        #expect(pages >= last, "slabs shrink as their class grows")
        let hasFew = having < shortest * Tunables.tailShare
        #expect(pages == (hasFew ? sizeClass.leastSlab : shortest) || pages * Tunables.slabShare <= having)
        let isGrown = pages > max(shortest, Tunables.grownSlabPages)
        #expect(!isGrown || pages <= Tunables.tightSlabPages && pages * Tunables.tightSlabShare <= having)
        last = pages
      }
    }
    #expect(SizeClass(serving: 16).slabPages(having: 1000) == Tunables.grownSlabPages)
  }

  /// Slabs of a class that has many pages waste at most 1/64, or as little as any of the lengths there are.
  @Test func slabsOfManyHaveSmallTails() {
    for sizeClass in classes {
      func waste(_ pages: Int) -> Double {
        Double((pages << Page.shift) % sizeClass.objectSize) / Double(pages << Page.shift)
      }
      let pages = sizeClass.slabPages(having: 10_000)
      #expect(pages >= sizeClass.shortestSlab && sizeClass.lengths.contains(pages))
      let others = sizeClass.lengths.filter { $0 >= max(sizeClass.shortestSlab, Tunables.grownSlabPages) }
      let least = others.filter { $0 <= Tunables.tightSlabPages }.map(waste).min() ?? waste(sizeClass.shortestSlab)
      #expect(waste(pages) <= max(1.0 / 64, least), "\(sizeClass.objectSize) bytes: \(pages) pages")
    }
    // 4368 bytes: seven in eight pages, not five in six.
    let sizeClass = SizeClass(serving: 4368)
    #expect(sizeClass.slabPages(having: 511) == 6)
    #expect(sizeClass.slabPages(having: 512) == 8)
    // 750 bytes: 21 in four pages, not ten in two; 830 bytes: 19 in four, not 14 in three, which leave a fourth one over.
    #expect(SizeClass(serving: 750).slabPages(having: 1000) == 4)
    #expect(SizeClass(serving: 830).slabPages(having: 100) == 4)
  }

  @Test func listsAreBoundedInBytesAndObjectsAndByThreads() {
    for sizeClass in classes {
      let size = sizeClass.objectSize
      let isLarge = sizeClass.mayStray
      let share = isLarge ? Tunables.largeListShare : Tunables.listShare
      let rest = isLarge ? Tunables.largeListRest : Int.max
      let most = isLarge ? Tunables.largeListBytes : Tunables.listBytes
      for threads in [1, Tunables.manyThreads, Tunables.manyThreads + 1, 100, 10_000] {
        var last = 0
        for pages in [0, 1, 8, 100, 1000, 1_000_000] {
          let limit = listLimit(sizeClass, pages: pages, threads: threads)
          #expect(limit >= last, "a list shrinks as its class grows")
          #expect(limit <= Tunables.listObjects)
          #expect(limit * size <= most)
          #expect(
            limit <= 1 || limit * size <= Tunables.leastListBytes
              || limit * size * share <= pages << Page.shift || pages << Page.shift - limit * size >= rest)
          #expect(limit <= listLimit(sizeClass, pages: pages, threads: 1))
          let swung = listLimit(sizeClass, pages: pages, threads: threads, swing: Int(Tunables.mostSwing))
          #expect(swung >= limit && swung <= Tunables.listObjects)
          #expect(swung <= max(1, limit) || swung * size <= Tunables.leastListBytes << Int(Tunables.mostSwing))
          last = limit
        }
      }
      let alone = listLimit(sizeClass, pages: 1_000_000, threads: Tunables.manyThreads)
      let crowded = listLimit(sizeClass, pages: 1_000_000, threads: Tunables.manyThreads + 1)
      #expect(crowded * size <= Tunables.listBytes / 2)
      #expect(alone == min(Tunables.listObjects, most / size))
    }
  }

  @Test func sheavesAreBoundedInBytesAndObjects() {
    for sizeClass in classes {
      let size = sizeClass.objectSize
      #expect(sizeClass.sheafLimit >= 1 && sizeClass.sheafLimit <= Tunables.sheafObjects)
      #expect(sizeClass.sheafLimit == 1 || sizeClass.sheafLimit * size <= Tunables.sheafBytes)
    }
  }

  /// An inbox has 24 bits for the number of objects that wait. A sender tries to take them home beyond the bound, and
  /// until then as many senders as there are heap numbers may each post a sheaf.
  @Test func anInboxCanCountWhatMayWaitInIt() {
    for sizeClass in classes {
      let waiting = Tunables.claimBytes / sizeClass.objectSize + 0xffff * sizeClass.sheafLimit
      #expect(waiting < 1 << (64 - Int(QUARRY_OFFSET_BITS)))
    }
  }
}

private func listLimit(_ sizeClass: SizeClass, pages: Int, threads: Int, swing: Int = 0) -> Int {
  sizeClass.listLimit(pages: pages, threads: threads, inverse: sizeClass.inverse, swing: swing)
}

private func longestSlab(_ sizeClass: SizeClass) -> Int {
  [0, 100, 10_000, 1_000_000].map(sizeClass.slabPages).max()!
}

extension SizeClass {
  fileprivate var shortestSlab: Int { SlabLengths(self).shortest }
  /// Lengths that slabs of the class may have: of small objects, one page or an even number.
  fileprivate var lengths: [Int] {
    (Page.count(bytes: objectSize)...16).filter { objectSize > Page.size / 2 || $0 == 1 || $0 % 2 == 0 }
  }
  fileprivate func slabPages(having pages: Int) -> Int { SlabLengths(self).next(having: pages, of: self) }
}
