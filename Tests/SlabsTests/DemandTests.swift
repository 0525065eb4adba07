import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Kernel
@testable import Pages

extension TheHeap {
  @Suite("Demand") struct Demands {
    private static let kernel = Gfp.kernel.rawValue
    private static let cycle = 13

    /// Attempts that a request makes which fails `failures` times.
    private func attempts(_ flags: UInt32, bytes: UInt = 100, failures: Int = .max) throws -> (made: Int, block: UInt) {
      var made = 0
      var block: UInt = 0
      try FreshKernel.run {
        block = Demand.satisfy(bytes: bytes, Gfp(flags | ___GFP_NOWARN), upTo: .max) {
          made += 1
          return made > failures ? 4096 : 0
        }
      }
      return (made, block)
    }

    @Test func howOftenARequestIsTried() throws {
      #expect(try attempts(Self.kernel, failures: 0) == (1, 4096))
      #expect(try attempts(Self.kernel | ___GFP_NORETRY) == (3, 0))
      #expect(try attempts(Self.kernel) == (2 + Self.cycle, 0))
      #expect(try attempts(Self.kernel, failures: 5) == (6, 4096))
      #expect(try attempts(Self.kernel | ___GFP_RETRY_MAYFAIL) == (2 + 17 * Self.cycle, 0))
      #expect(try attempts(Self.kernel | ___GFP_RETRY_MAYFAIL, bytes: 1 << 22) == (2 + 17 * Self.cycle, 0))
      #expect(try attempts(Self.kernel | ___GFP_NOFAIL, failures: 1000) == (1001, 4096))
      // What may not wait is tried once, and so is what reclaims already.
      #expect(try attempts(___GFP_HIGH | ___GFP_KSWAPD_RECLAIM) == (1, 0))
      #expect(try attempts(Self.kernel | ___GFP_MEMALLOC, failures: 0) == (1, 4096))
    }

    @Test func aContradictionIsNotTriedAtAll() throws {
      #expect(try attempts(Self.kernel | ___GFP_DMA | ___GFP_DMA32) == (0, 0))
      var made = 0
      try FreshKernel.run {
        let block = Demand.satisfy(bytes: 101, Gfp(Self.kernel | ___GFP_NOWARN), upTo: 100) {
          made += 1
          return 4096
        }
        #expect(block == 0)
      }
      #expect(made == 0)
    }

    /// How far below the watermarks an attempt may go, and that nothing of it stays with the thread.
    @Test func theContextOfAnAttempt() throws {
      try FreshKernel.run {
        func context(_ flags: UInt32, scope: UInt32 = 0) -> UInt32 {
          quarry_set_context_of_thread(scope)
          var seen: UInt32 = 0
          _ = Demand.satisfy(bytes: 1, Gfp(flags), upTo: .max) {
            seen = quarry_context_of_thread()
            return 4096
          }
          #expect(quarry_context_of_thread() == scope)
          quarry_set_context_of_thread(0)
          return seen
        }
        let memalloc = QUARRY_CONTEXT_MEMALLOC
        #expect(context(Self.kernel) == 0)
        #expect(context(Self.kernel | ___GFP_HIGH) == QUARRY_CONTEXT_HIGH)
        #expect(context(Self.kernel | ___GFP_MEMALLOC) == memalloc)
        #expect(context(Self.kernel | ___GFP_MEMALLOC | ___GFP_NOMEMALLOC) == 0)
        #expect(context(Self.kernel, scope: memalloc) == memalloc)
        #expect(context(Self.kernel | ___GFP_NOMEMALLOC, scope: memalloc) == 0)
      }
    }

    /// A low zone for which no address can be had.
    @Test func noLowZone() throws {
      try FreshKernel.run {
        #expect(KernelMemory.ensure())
        Faults.fail(.open)
        let low = Gfp(Self.kernel | ___GFP_DMA32 | ___GFP_NOWARN)
        #expect(PageRequest.allocate(order: 0, low) == 0)
        Faults.clear()
        // It stays so: the search is long.
        #expect(PageRequest.allocate(order: 0, low) == 0)
        #expect(PageRequest.allocate(order: 0, Gfp(Self.kernel | ___GFP_DMA)) != 0)
      }
    }
  }
}
