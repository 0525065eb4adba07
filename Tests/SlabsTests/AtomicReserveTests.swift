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
