import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Giving back") struct GivingBackTests {
    private static func purgeHoles() -> Int { Heap.current.isReal ? Heap.current.purgeHoles() : 0 }

    /// Sizes of all slab lengths, and holes purged at any time: all books stay right, and no block loses its content.
    @Test(arguments: [141, 142, 143] as [UInt64])
    func holesComeAndGo(seed: UInt64) throws {
      try FreshHeap.run {
        Faults.clock = 1
        var model = RequestModel()
        var purged = 0
        let sizes = [24, 832, 1400, 3300, 5600, 13_000]
        try takeSteps(1200, seed: seed) { random in
          if random.once(in: 20) {
            purged += Self.purgeHoles()
          } else if random.once(in: 40) {
            if Heap.current.isReal { Heap.current.empty() }
          } else if model.blocks.count > 300 || random.below(100) < 44 && !model.blocks.isEmpty {
            try model.free(random.below(model.blocks.count))
          } else {
            try model.allocate(sizes[random.below(sizes.count)])
          }
          try model.verify()
        }
        try check(purged > 0, "no hole was ever purged")
        try model.freeAll()
        try model.verify()
        _ = Request.trim(keeping: 0)
        let census = try HeapRegistry.shared.verifiedCensus()
        try check(census.classes.allSatisfy { $0.slabs == 0 }, "slabs are left")
      }
    }

    /// 64 MiB of slabs earn 32 MiB of free pages when they are full, but 16 MiB, the least, when next to nothing of them is in
    /// use.
    @Test(arguments: [false, true]) func theWideBoundFollowsObjectsInUse(areFull: Bool) throws {
      try FreshHeap.run {
        Faults.clock = 1
        let blocks = try Self.allocate(128, (64 << 20) / 128)
        let pages = try Self.allocate(256 << 10, 320)
        for index in blocks.indices where index % 64 != 0 && !areFull { Request.free(blocks[index]) }
        for block in pages { Request.free(block) }
        let free = Zone.shared.residentFreeBytes >> 20
        try check(areFull ? free > 20 && free <= 32 : free > 8 && free <= 16, "\(free) MiB stay free")
        for index in blocks.indices where index % 64 == 0 || areFull { Request.free(blocks[index]) }
        _ = Request.trim(keeping: 0)
        let census = try HeapRegistry.shared.verifiedCensus()
        try check(census.classes.allSatisfy { $0.slabs == 0 }, "slabs are left")
      }
    }

    private static func allocate(_ size: UInt, _ count: Int) throws -> [UInt] {
      try (0..<count).map { _ in
        let block = Request.allocate(size)
        try check(block != 0, "no memory")
        return block
      }
    }

    /// The bound is narrower as soon as objects came home, long before so many did that what slabs hold free is counted again.
    @Test func theWideBoundFollowsBetweenCounts() throws {
      try FreshHeap.run {
        Faults.clock = 1
        let blocks = try Self.allocate(1024, (64 << 20) / 1024)
        let pages = try Self.allocate(256 << 10, 320)
        // The first count finds nothing.
        for block in pages.prefix(80) { Request.free(block) }
        let counted = Heap.current.record.pointee.count_due
        for index in blocks.indices where index % 8 != 0 { Request.free(blocks[index]) }
        for block in pages.dropFirst(80) { Request.free(block) }
        try check(Heap.current.record.pointee.count_due == counted, "it was counted again")
        let free = Zone.shared.residentFreeBytes >> 20
        try check(free > 8 && free <= 17, "\(free) MiB stay free")
      }
    }

    /// Slabs of which a random twentieth is left have no holes to speak of, while the thread works, too. No object of these sizes
    /// lies in two pages.
    @Test(arguments: [512, 1024] as [UInt]) func holesGoBackBetweenCounts(size: UInt) throws {
      try FreshHeap.run {
        Faults.clock = 1
        let blocks = try Self.allocate(size, Int((96 << 20) / size))
        var random = Random(seed: UInt64(size))
        for block in blocks where random.below(20) != 0 { Request.free(block) }
        let free = Zone.shared.residentFreeBytes >> 20
        try check(free <= 16, "\(free) MiB stay free")
        let holes = Self.purgeHoles() >> 8
        try check(holes <= 4, "\(holes) MiB are left in holes")
      }
    }

    /// Of two pages of objects one is in use to the last, of the other nothing: that one goes back, and comes again.
    @Test func aPageWithoutObjectsInUseGoesBack() throws {
      try FreshHeap.run {
        var model = RequestModel()
        // 2048 bytes: slabs of two pages once the class has many.
        for _ in 0..<200 { try model.allocate(2048) }
        for index in model.blocks.indices.reversed() where model.blocks[index].address & 0x1000 == 0 {
          try model.free(index)
        }
        Heap.current.empty()
        try model.verify()
        let before = try HeapRegistry.shared.verifiedCensus().classes.reduce(0) { $0 + $1.home }
        let purged = Self.purgeHoles()
        try model.verify()
        let after = try HeapRegistry.shared.verifiedCensus().classes.reduce(0) { $0 + $1.home }
        try check(purged > 20, "\(purged) pages went back")
        try check(before - after == 2 * purged, "\(before) objects at home became \(after)")
        try check(Self.purgeHoles() == 0, "holes are purged twice")
        for _ in 0..<200 { try model.allocate(2048) }
        try model.verify()
      }
    }

    enum Order: CaseIterable { case addresses, stragglers, random }

    /// Every ninth object stays. Where the frees came in the order of addresses, or those of half of the slabs in it and
    /// of the others later, holes go back, so many at a time; else they are left to a look.
    @Test(arguments: Order.allCases) func holesGoBackWhereFreesCameInOrder(order: Order) throws {
      try FreshHeap.run {
        var model = RequestModel()
        // Slabs of two pages, over so many pageblocks that two at random are hardly neighbours.
        for _ in 0..<20_000 { try model.allocate(2048) }
        model.blocks.sort { $0.address < $1.address }
        let staying = model.blocks.enumerated().filter { $0.offset % 9 == 0 }.map(\.element)
        var leaving = model.blocks.enumerated().filter { $0.offset % 9 != 0 }.map(\.element)
        var random = Random(seed: 7)
        switch order {
        case .addresses: break
        case .stragglers:
          let slabs = Dictionary(grouping: leaving) { $0.address >> 13 }
          let places = slabs.keys.sorted().map { ($0, $0 + (random.once(in: 2) ? 0 : UInt(random.below(1000)))) }
          leaving = places.sorted { $0.1 > $1.1 }.flatMap { slabs[$0.0]! }
        case .random: for index in leaving.indices.reversed() { leaving.swapAt(index, random.below(index + 1)) }
        }
        model.blocks = staying + leaving
        Request.setTrimThreshold(nil)
        while model.blocks.count > staying.count { try model.free(model.blocks.count - 1) }
        Heap.current.empty()
        try model.verify()
        func home() throws -> Int { try HeapRegistry.shared.verifiedCensus().classes.reduce(0) { $0 + $1.home } }
        let before = try home()
        Heap.current.purgeHolesInOrder()
        let some = try before - home()
        try check(some <= 2 * Tunables.slabsLookedAt, "\(some) objects went at a time")
        // Those that were looked into are passed, as many as may be.
        let after = try home()
        Heap.current.purgeHolesInOrder(passing: some / 4)
        try check(try home() == after, "more slabs are passed than may be")
        for _ in 0..<10 { Heap.current.purgeHolesInOrder() }
        try model.verify()
        let purged = try before - home()
        try check(order == .random ? purged < 400 : purged > 3500, "\(purged) objects went with their pages")
        for _ in 0..<20_000 { try model.allocate(2048) }
        try model.verify()
      }
    }

    @Test func afterARefusalNoMoreIsTried() throws {
      try FreshHeap.run {
        var model = RequestModel()
        for _ in 0..<200 { try model.allocate(2048) }
        for index in model.blocks.indices.reversed() where index % 5 != 0 { try model.free(index) }
        Heap.current.empty()
        Faults.fail(.purge)
        try check(Self.purgeHoles() == 0 && Faults.struck == 1, "it was tried \(Faults.struck) times")
        try model.verify()
        for _ in 0..<200 { try model.allocate(2048) }
        try model.verify()
      }
    }

    /// Slabs of four pages of nine objects, of which the fourth stays: their first and their third page are holes apart.
    @Test(arguments: 0...3) func aRefusalInTheMiddleKeepsTheChain(after: Int) throws {
      try FreshHeap.run {
        var model = RequestModel()
        for _ in 0..<400 { try model.allocate(1792) }
        let isStaying = model.blocks.map { block in
          let page = PageIndex(offset: Zone.shared.offset(block.address))
          let first = Entry(Zone.shared.entry(page).pointee).slab
          return Zone.shared.frame(first).pointee.pages != 4 || (block.address - Zone.shared.address(first)) / 1792 == 4
        }
        for index in model.blocks.indices.reversed() where !isStaying[index] { try model.free(index) }
        Heap.current.empty()
        try model.verify()
        Faults.fail(.purge, after: after)
        try check(Self.purgeHoles() == 0 && Faults.struck == 1, "it was tried \(Faults.struck) times")
        try model.verify()
        Faults.clear()
        try check(Self.purgeHoles() > 10, "no more goes back")
        for _ in 0..<400 { try model.allocate(1792) }
        try model.verify()
      }
    }

    // MARK: Idle threads

    /// What a thread freed for another and did not send yet goes home without it, unless it is just at that.
    @Test func sheavesOfOthersAreClaimed() throws {
      try FreshHeap.run {
        var model = RequestModel()
        let (owner, sender) = (try Actor(), try Actor())
        try owner.act { for _ in 0..<5 { try model.allocate(100) } }
        try sender.act { try model.freeAll() }
        func inSheaves() -> Int {
          (0..<Int(QUARRY_SHEAF_COUNT)).map { quarry_heap_sheaf(sender.heap.record, $0).pointee }
            .reduce(0) { $0 + ($1.key == 0 ? 0 : Int($1.count)) }
        }
        try check(inSheaves() == 5, "\(inSheaves()) objects are in sheaves")
        sender.heap.enter()
        sender.heap.postSheavesOfOther()
        try check(inSheaves() == 5, "the sheaves were taken from under the sender")
        sender.heap.leave()
        sender.heap.postSheavesOfOther()
        try check(inSheaves() == 0, "\(inSheaves()) objects are left in sheaves")
        try model.verify()
        owner.end()
        sender.end()
      }
    }

    /// Two threads send objects to a third as fast as they can, while their sheaves are taken from them again and again.
    @Test func claimsAndSendersExclude() throws {
      try FreshHeap.run {
        let main = try Actor()
        let blocks = 20_000
        let addresses = try main.act {
          try (0..<2 * blocks).map { _ in
            let block = Request.allocate(64)
            try check(block != 0, "no memory")
            return block
          }
        }
        try Threads.run(3) { number in
          if number == 2 {
            for _ in 0..<2000 {
              for heap in 1..<(HeapRegistry.shared.count + 1) { HeapRegistry.heap(heap).postSheavesOfOther() }
            }
          } else {
            for address in addresses[(number * blocks)..<((number + 1) * blocks)] { Request.free(address) }
          }
        }
        main.end()
        let census = try HeapRegistry.shared.verifiedCensus()
        try check(census.live == 0, "\(census.live) objects are lost")
      }
    }

    /// A heap that did nothing between two looks is drained; a busy one is left in peace.
    @Test func aLookDrainsQuietHeaps() throws {
      try FreshHeap.run {
        var model = RequestModel()
        let (owner, sender) = (try Actor(), try Actor())
        try owner.act { for _ in 0..<2000 { try model.allocate(1000) } }
        try sender.act { try model.freeAll() }
        _ = Balance.look()
        _ = Balance.look()
        try model.verify()
        let census = try HeapRegistry.shared.verifiedCensus()
        let left = census.classes.reduce(0) { $0 + $1.pages }
        try check(left <= 40, "\(left) pages are left in slabs")
        let touched = Zone.shared.statistics.touchedFreePages
        try check(touched <= Tunables.idleFloorPages, "\(touched) free pages are resident")
        owner.end()
        sender.end()
      }
    }
  }
}
