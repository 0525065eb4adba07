import CShim
import Glibc
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Kept pages") struct KeptPages {
    /// A block that was a full slab, then one of another class that wrote to less of it: what the zone takes for zero is.
    @Test func whatWasWrittenStaysKnown() throws {
      try FreshHeap.run {
        use(3072, count: 4)
        use(6144, count: 1)
        Heap.current.enter()
        ThreadPages(Heap.current).release()
        Heap.current.leave()
        let zone = Zone.shared
        for block in try zone.verifiedBlocks() {
          for page in block.page..<block.end where !zone.isTouched(page) {
            let words = UnsafePointer<UInt64>(bitPattern: zone.address(PageIndex(page)))!
            try check((0..<512).allSatisfy { words[$0] == 0 }, "page \(page) is not zero, and is taken for it")
          }
        }
      }
    }

    private var kept: Int { Int(quarry_heap_pages(Heap.current.record).pointee.pages) }

    /// Objects of one size, allocated and freed: what their slabs take is free afterwards.
    private func burst(_ count: Int) {
      let objects = (0..<count).map { _ in Request.allocate(1024) }
      for object in objects { Request.free(object) }
    }

    @Test func theLengthsOfAClassAreKnownFromItsFirstSlabOn() throws {
      try FreshHeap.run {
        Request.free(Request.allocate(16))
        for number in SizeClass.all {
          let sizeClass = SizeClass(number)
          let block = Request.allocateExactly(UInt(sizeClass.objectSize))
          let known = quarry_zone_slab_lengths(Zone.shared.record)[number]
          try check(known == SlabLengths(sizeClass).rawValue, "\(sizeClass.objectSize) bytes: \(known)")
          Request.free(block)
        }
      }
    }

    @Test func onlyWhatIsAskedForAgainMakesRoom() throws {
      try FreshHeap.run {
        burst(400)
        try check(kept <= Tunables.keptFloor, "\(kept) pages are kept after one burst")
        for _ in 0..<6 { burst(400) }
        try check(kept > 64, "only \(kept) pages are kept between bursts of 100")
      }
    }

    @Test func newMemoryForOthersTakesThePagesBack() throws {
      try FreshHeap.run {
        for _ in 0..<6 { burst(400) }
        try check(kept > Tunables.keptFloor, "\(kept) pages are kept between bursts")
        let run = Request.allocatePages(4 << 20, alignment: 1, zeroed: false)
        try check(kept == 0, "\(kept) pages are still kept beside a run of new ones")
        Request.free(run)
        burst(400)
        try check(kept <= Tunables.keptFloor, "\(kept) pages are kept after one burst")
      }
    }

    @Test func aRunThatGrowsIntoNewMemoryTakesThemBack() throws {
      try FreshHeap.run {
        for _ in 0..<6 { burst(400) }
        var run = Request.allocatePages(400 << 10, alignment: 1, zeroed: false)
        var bytes: UInt = 400 << 10
        while kept > 0 && bytes < 8 << 20 {
          bytes += 64 << 10
          run = Request.reallocate(run, bytes, "realloc")
        }
        try check(kept == 0, "\(kept) pages are still kept beside a run of \(bytes) bytes")
        Request.free(run)
      }
    }

    @Test func whatIsNotNeededGoesBackWithTime() throws {
      try FreshHeap.run {
        for _ in 0..<6 { burst(400) }
        Heap.current.enter()
        for _ in 0..<64 { ThreadPages(Heap.current).age() }
        Heap.current.leave()
        try check(kept == 0, "\(kept) pages are kept though nobody needed them")
        let widening = quarry_heap_pages(Heap.current.record).pointee.widening
        try check(widening == 0, "the bound is wider by \(widening) pages still")
      }
    }

    /// Writes to objects of one size, and gives them and their slabs back.
    private func use(_ size: UInt, count: Int) {
      let objects = (0..<count).map { _ in Request.allocate(size) }
      for object in objects {
        memset(UnsafeMutableRawPointer(bitPattern: object)!, 0xa5, Int(size))
        Request.free(object)
      }
      Heap.current.empty()
    }
  }
}
