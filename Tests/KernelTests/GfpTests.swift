import CShim
import Platform
import Testing
import Units

@testable import Kernel

@Suite("Gfp") struct GfpTests {
  private static let zones = [0, ___GFP_DMA, ___GFP_DMA32, ___GFP_HIGHMEM]
  private static let modes = [0, ___GFP_NORETRY, ___GFP_RETRY_MAYFAIL, ___GFP_NOFAIL]

  /// At most one of each group; a request that must not fail may wait.
  @Test func whatContradictsItselfIsRefused() {
    for one in Self.zones {
      for other in Self.zones where one != 0 && other != 0 {
        let refused = Gfp(Gfp.kernel.rawValue | one | other).isRefused
        #expect(refused == (one != other))
      }
      #expect(!Gfp(Gfp.kernel.rawValue | one | ___GFP_ZERO | ___GFP_NOWARN | ___GFP_COMP).isRefused)
    }
    for one in Self.modes {
      for other in Self.modes where one != 0 && other != 0 {
        #expect(Gfp(Gfp.kernel.rawValue | one | other).isRefused == (one != other))
      }
      #expect(Gfp(___GFP_KSWAPD_RECLAIM | one).isRefused == (one == ___GFP_NOFAIL))
    }
    #expect(Gfp(___GFP_MOVABLE | ___GFP_RECLAIMABLE).isRefused)
    #expect(Gfp(0x200).isRefused && Gfp(0x800000).isRefused && Gfp(1 << 31).isRefused)
    #expect(!Gfp(0).isRefused)
  }

  @Test func migrateTypes() {
    #expect(Gfp.kernel.migrateType == .unmovable)
    #expect(Gfp(Gfp.kernel.rawValue | ___GFP_RECLAIMABLE).migrateType == .reclaimable)
    #expect(Gfp(Gfp.kernel.rawValue | ___GFP_HARDWALL).migrateType == .movable)
    #expect(Gfp(Gfp.kernel.rawValue | ___GFP_MOVABLE | ___GFP_HIGHMEM).migrateType == .movable)
  }

  @Test func scopesTakeFlagsAway() {
    defer { quarry_set_context_of_thread(0) }
    quarry_set_context_of_thread(QUARRY_CONTEXT_NOFS)
    #expect(Gfp.kernel.inScope == Gfp(Gfp.kernel.rawValue & ~___GFP_FS))
    quarry_set_context_of_thread(QUARRY_CONTEXT_NOIO | QUARRY_CONTEXT_NOFS)
    #expect(Gfp.kernel.inScope == Gfp(Gfp.kernel.rawValue & ~(___GFP_FS | ___GFP_IO)))
    quarry_set_context_of_thread(0)
    #expect(Gfp.kernel.inScope == .kernel)
  }
}
