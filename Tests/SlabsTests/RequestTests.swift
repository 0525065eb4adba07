import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Requests") struct RequestTests {
    @Test(arguments: [101, 102, 103] as [UInt64])
    func randomStepsMatchTheModel(seed: UInt64) throws {
      try FreshHeap.run {
        Faults.clock = 1
        var model = RequestModel()
        try takeSteps(600, seed: seed) { random in
          try model.step(&random, limit: 250)
          try model.verify()
        }
        try model.freeAll()
        try model.verify()
      }
    }

    /// Blocks that are samples are no different: some, most, and nearly all of them.
    @Test(arguments: ["100K", "1K", "1"])
    func randomStepsMatchTheModelWithSamples(_ sampling: String) throws {
      try FreshHeap.run(sampling: sampling) {
        Faults.clock = 1
        var model = RequestModel()
        try takeSteps(600, seed: 104) { random in
          try model.step(&random, limit: 250)
          try model.verify()
        }
        try check(quarry_registry_record().pointee.stacks != nil, "there are no samples")
        try model.freeAll()
        try model.verify()
      }
    }

    /// Whoever has the pages next may fill them, or not: nobody learns from that.
    @Test(arguments: ["shrunk", "moved out", "freed in a handler"])
    func aLargeRunThatLosesPagesIsNotWatched(_ how: String) throws {
      try FreshHeap.run {
        Faults.hugeMicroseconds = 1
        let block = Request.allocate(UInt(Tunables.largestRun))
        let watched = { Zone.shared.record.pointee.watched_pages }
        try check(watched() == UInt32(Page.count(bytes: Tunables.largestRun)), "the run is not watched")
        switch how {
        case "shrunk": try check(Request.reallocate(block, 100 << 10, "realloc") == block, "it is elsewhere")
        case "moved out":
          let moved = Request.reallocate(block, UInt(3 * Tunables.largestRun), "realloc")
          try check(VirtualAreas.shared.size(of: moved) != nil, "it has no mapping of its own")
        default: Request.freeInAnyContext(block, "kfree", busy: { _ in })
        }
        try check(watched() == 0, "it is watched still")
      }
    }

    /// Every size around the border of each class, and around those of runs and mappings.
    @Test func everyClassServesItsSizes() throws {
      try FreshHeap.run {
        var model = RequestModel()
        for number in SizeClass.all {
          let size = SizeClass(number).objectSize
          for size in [size - 1, size, size + 1] { try model.allocate(size) }
        }
        for size in [0, Tunables.largestRun, Tunables.largestRun + 1] { try model.allocate(size) }
        try model.verify()
        try model.freeAll()
        try model.verify()
      }
    }

    @Test func alignedBlocksComeInEverySize() throws {
      try FreshHeap.run {
        var model = RequestModel()
        for shift in 0...26 {
          for size in [0, 1, 17, 100, 4096, 5000, 40_000] { try model.allocate(size, alignment: 1 << shift) }
        }
        try model.verify()
        try model.freeAll()
        try model.verify()
      }
    }

    /// Small enough to be sure, large enough for slabs of several pages: what was free comes again, and is clean.
    @Test func zeroedBlocksAreZeroAfterReuse() throws {
      try FreshHeap.run {
        var model = RequestModel()
        for size in [1, 24, 1000, 5000, 32_768, 32_769, 300_000] {
          for _ in 0..<20 { try model.allocate(size) }
          try model.freeAll()
          for _ in 0..<20 { try model.allocateZeroed(size) }
          try model.freeAll()
        }
      }
    }

    @Test func sizesBeyondAllMemoryFail() throws {
      try FreshHeap.run {
        for size in [UInt(Int.max) - 4095, UInt(Int.max), UInt(Int.max) + 1, UInt.max] {
          try check(Request.allocate(size) == 0, "\(size) bytes")
          try check(Request.allocateZeroed(size) == 0, "\(size) zeroed bytes")
          try check(Request.allocate(size, alignment: 4096) == 0, "\(size) aligned bytes")
        }
        try check(Request.allocate(1, alignment: 1 << 63) == 0, "an alignment beyond all memory")
        var model = RequestModel()
        try model.allocate(100)
        guard let address = model.blocks.first?.address else { throw Failure("no block") }
        try check(Request.reallocate(address, UInt.max, "realloc") == 0, "reallocated beyond all memory")
        try model.verify()
      }
    }

    /// What programs do that read a file of unknown length, far enough for every way to grow: classes, runs, extension,
    /// and mappings of their own.
    @Test func aBlockGrowsByHalvesWithoutEnd() throws {
      try FreshHeap.run {
        var model = RequestModel()
        try model.allocate(16)
        // In the way of the growing block, so that it cannot just extend.
        try model.allocate(50_000)
        while model.blocks[0].size < 200 << 20 {
          try model.reallocate(0, to: model.blocks[0].size * 3 / 2)
          try model.allocate(50_000)
          try model.verify()
        }
        try model.freeAll()
        try model.verify()
      }
    }

    @Test func aFreedBlockLooksFreeAndALiveOneIsToldApart() throws {
      try FreshHeap.run {
        let blocks = (0..<50).map { _ in Request.allocate(100) }
        let zone = Zone.shared
        func isFree(_ address: UInt) -> Bool {
          let offset = zone.offset(address)
          let entry = Entry(zone.entry(PageIndex(offset: offset)).pointee)
          return Heap.looksFree(offset) && Heap.current.isFree(offset, entry)
        }
        for (number, block) in blocks.enumerated() where number % 2 == 0 { Request.free(block) }
        for (number, block) in blocks.enumerated() {
          try check(isFree(block) == (number % 2 == 0), "block \(number) is taken for something else")
        }
        // A program may store by chance what looks like a link: the exact search has the last word.
        let offset = zone.offset(blocks[1])
        zone.word(offset).pointee = Link.encode(next: 0, at: offset, zone)
        try check(Heap.looksFree(offset) && !isFree(blocks[1]), "a live block is taken for a free one")
        for (number, block) in blocks.enumerated() where number % 2 == 1 { Request.free(block) }
      }
    }
  }

  @Suite("Want of memory") struct WantTests {
    /// One call after the other fails, from the very first of the process on; each time the heap stays right, and
    /// serves again once the system does.
    @Test(arguments: [Faults.Call.open, .map, .remap, .move, .purge])
    func everySystemCallMayFail(call: Faults.Call) throws {
      for number in 0..<200 {
        var struck = 0
        try FreshHeap.run {
          Faults.clock = 1
          Faults.fail(call, after: number)
          // Without this, a heap that finds no window waits for a reserved range instead.
          if call == .open { Faults.fail(.reserve) }
          var model = RequestModel()
          model.mayLosePages = call == .open
          try workload(&model)
          try model.verify()
          struck = Faults.struck
          Faults.clear()
          try workload(&model)
          try model.verify()
          try model.freeAll()
          try model.verify()
        }
        if struck == 0 { return }
      }
      throw Failure("there is no end of \(call)")
    }

    @Test(arguments: [111, 112] as [UInt64])
    func randomFailuresMatchTheModel(seed: UInt64) throws {
      try FreshHeap.run {
        var model = RequestModel()
        model.mayLosePages = true
        try takeSteps(500, seed: seed) { random in
          Faults.clear()
          Faults.clock = 1
          if random.once(in: 3) {
            let call = [Faults.Call.open, .map, .remap, .move, .purge][random.below(5)]
            Faults.fail(call, after: random.below(2), times: random.spread(to: 4))
          }
          try model.step(&random, limit: 150)
          try model.verify()
        }
      }
    }

    /// Every way to get, grow and give back memory at least once.
    private func workload(_ model: inout RequestModel) throws {
      for size in [8, 100, 3000, 20_000, 40_000, 2 << 20, 3 << 20, 40 << 20] { try model.allocate(size) }
      for _ in 0..<100 { try model.allocate(20_000) }
      try model.allocateZeroed(100_000)
      try model.allocate(100, alignment: 1 << 16)
      for index in model.blocks.indices.suffix(8) {
        try model.reallocate(index, to: model.blocks[index].size * 2)
      }
      for index in model.blocks.indices where model.blocks[index].size >= 2 << 20 {
        try model.reallocate(index, to: model.blocks[index].size * 3)
      }
      while model.blocks.count > 40 { try model.free(model.blocks.count - 1) }
      _ = Request.trim(keeping: 0)
    }
  }
}
