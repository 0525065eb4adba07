import CShim
import Platform
import Synchronization
import TestSupport
import Testing
import Units

@testable import Kernel
@testable import Pages
@testable import Requests

extension TheHeap {
  @Suite("Atomic reserve") struct Reserve {
    private static var atomicRequest: Gfp { Gfp(___GFP_HIGH | ___GFP_KSWAPD_RECLAIM) }
    private static var nowait: Gfp { Gfp(___GFP_KSWAPD_RECLAIM) }

    /// All objects of one size that are at hand, without another slab.
    private func takeAll(_ bytes: UInt, _ gfp: Gfp) -> [UInt] {
      Zone.shared.lockForFork()
      defer { Zone.shared.unlockAfterFork() }
      var objects: [UInt] = []
      while true {
        let object = AtomicReserve.take(bytes, gfp)
        if object == 0 { return objects }
        objects.append(object)
      }
    }

    @Test func everyObjectIsGivenOnceAndAligned() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        var shift: UInt = 4
        while shift <= 15 {
          let objects = takeAll(1 << shift, Self.atomicRequest)
          #expect(objects.count == (64 * 4096) >> shift)
          #expect(Set(objects).count == objects.count)
          #expect(objects.allSatisfy { $0 & (1 << shift - 1) == 0 })
          for object in objects {
            #expect(AtomicReserve.size(of: object, "test") == 1 << shift)
            AtomicReserve.free(object, "test")
          }
          #expect(Set(takeAll(1 << shift, Self.atomicRequest)) == Set(objects))
          shift += 1
        }
        #expect(AtomicReserve.take(32 * 1024 + 1, Self.atomicRequest) == 0)
      }
    }

    @Test func aQuarterIsKeptForUrgentRequests() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        #expect(takeAll(1024, Self.nowait).count == 192)
        #expect(takeAll(1024, Self.atomicRequest).count == 64)
      }
    }

    /// With room in the zone another slab is at hand; without, the system is not asked for any.
    @Test func itGrowsByWhatIsAtHand() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        Faults.fail(.open)
        Faults.fail(.map)
        var objects: Set<UInt> = []
        while true {
          let object = AtomicReserve.take(32 * 1024, Self.atomicRequest)
          if object == 0 { break }
          #expect(objects.insert(object).inserted)
        }
        #expect(objects.count > 8 && Faults.struck == 0)
      }
    }

    /// Four threads and no lock: whoever has an object has it alone.
    @Test func threadsNeverShareAnObject() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        try Threads.run(4) { number in
          try takeSteps(20_000, seed: UInt64(number)) { random in
            let object = AtomicReserve.take(UInt(1 + random.below(64)), Self.atomicRequest)
            if object == 0 { return }
            let word = atomic(UnsafeMutablePointer<UInt64>(bitPattern: object)!)
            word.pointee.store(UInt64(number), ordering: .relaxed)
            for _ in 0..<random.below(20) { quarry_pause() }
            try check(word.pointee.load(ordering: .relaxed) == UInt64(number), "an object is given twice")
            AtomicReserve.free(object, "test")
          }
        }
        for shift in 4...6 as ClosedRange<UInt> {
          let objects = takeAll(1 << shift, Self.atomicRequest)
          #expect(objects.count.isMultiple(of: (64 * 4096) >> shift) && Set(objects).count == objects.count)
        }
      }
    }

    /// Slabs go back while threads take and free: nobody's object goes, and what stays is whole. The first slab always does.
    @Test func slabsGoBackWhileThreadsTake() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        try Threads.run(4) { number in
          var mine: [UInt] = []
          try takeSteps(3000, seed: UInt64(number)) { random in
            if number == 0 {
              AtomicReserve.replenish()
              return _ = AtomicReserve.shrink(onlyIdle: random.below(2) == 0)
            }
            // Up to four slabs' worth, then down to nothing.
            let wanted = random.below(350)
            while mine.count < wanted {
              let object = AtomicReserve.take(1024, Self.atomicRequest)
              if object == 0 { break }
              UnsafeMutablePointer<UInt64>(bitPattern: object)!.pointee = UInt64(number)
              mine.append(object)
            }
            while mine.count > wanted {
              let object = mine.removeLast()
              let owner = UnsafePointer<UInt64>(bitPattern: object)!.pointee
              try check(owner == UInt64(number), "an object is given twice")
              AtomicReserve.free(object, "test")
            }
          }
          for object in mine { AtomicReserve.free(object, "test") }
        }
        while AtomicReserve.shrink(onlyIdle: false) {}
        #expect(!ReserveSlabs.areMoreThanFirst)
        let objects = takeAll(1024, Self.atomicRequest)
        #expect(objects.count == 256 && Set(objects).count == 256)
      }
    }

    /// A pool that ran low keeps what it has until the next look, and one of which much is in use keeps it, too.
    @Test func whatIsNeededStays() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        let pool = ReservePool(holding: 1024)
        var objects: [UInt] = []
        for _ in 0..<600 {
          AtomicReserve.replenish()
          objects.append(AtomicReserve.take(1024, Self.atomicRequest))
        }
        let grown = pool.capacity
        #expect(grown >= 1024 && !objects.contains(0))
        #expect(!AtomicReserve.shrink(onlyIdle: false) && pool.capacity == grown)
        for object in objects { AtomicReserve.free(object, "test") }
        pool.ranLow.pointee.store(1, ordering: .relaxed)
        #expect(AtomicReserve.shrink(onlyIdle: true) && pool.capacity == grown)
        #expect(AtomicReserve.shrink(onlyIdle: true) && pool.capacity == 256 && pool.free == 256)
        // Its addresses are other requests' now, and a number comes back with its pool.
        AtomicReserve.replenish()
        #expect(ReserveSlabs.add(to: pool, atHand: false) && pool.capacity == 512)
        #expect(Set(takeAll(1024, Self.atomicRequest)).count == 512)
      }
    }

    /// The objects that are resident are taken first, also after slabs went.
    @Test func theOrderStays() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        let pool = ReservePool(holding: 1024)
        let first = AtomicReserve.take(1024, Self.atomicRequest)
        #expect(ReserveSlabs.add(to: pool, atHand: false))
        AtomicReserve.free(first, "test")
        #expect(ReserveSlabs.giveBack(of: pool))
        #expect(AtomicReserve.take(1024, Self.atomicRequest) == first)
      }
    }

    /// What cannot be set up now is set up later.
    @Test(arguments: 0..<6) func memoryFailsAtAnyPoint(after calls: Int) throws {
      try FreshKernel.run {
        Faults.fail(.open, after: calls)
        Faults.fail(.reserve)
        // With the later ones what is open may do.
        let isWhole = KernelMemory.prepareForHandlers()
        #expect(Faults.struck > 0 && (!isWhole || calls > 2))
        Faults.clear()
        #expect(KernelMemory.prepareForHandlers())
        #expect(takeAll(32 * 1024, Self.atomicRequest).count == 8)
      }
    }

    /// What a handler frees while it interrupted the zone waits, and goes back with the next request that may wait.
    @Test func freesWaitForABusyZone() throws {
      try FreshKernel.run {
        KernelMemory.expectHandlers()
        let pages = PageRequest.allocate(order: 4, .kernel)
        let run = Objects.allocate(50_000, .kernel)
        #expect(pages != 0 && run != 0)
        let before = Zone.shared.statistics.freePages
        Zone.shared.lockForFork()
        PageRequest.free(pages, order: 4, "test")
        Objects.free(run, "test")
        Zone.shared.unlockAfterFork()
        #expect(Zone.shared.chargedPages > 0 && Zone.shared.statistics.freePages == before)
        DeferredFrees.drain()
        #expect(Zone.shared.statistics.freePages >= before + 13)
        #expect(PageRequest.allocate(order: 4, .kernel) == pages)
      }
    }
  }
}
