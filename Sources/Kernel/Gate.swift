// Gate: how the slab caches get their pages and pass a request through `Demand`.
import CShim
import Pages
import Platform
import Requests
import Units

enum Gate {
  /// Makes attempts at a request that needs `pages` pages, as its flags say.
  static func allocate(pages: Int, _ gfp: Gfp, attempt: () -> UInt) -> UInt {
    Demand.satisfy(bytes: UInt(pages &<< Page.shift), gfp, upTo: .max, attempt)
  }

  /// Pages for a slab, by migrate type. One attempt, which does not wait when the flags forbid it.
  static func slabPages(_ count: Int, alignment: Int = 1, _ gfp: Gfp) -> Zone.Pages? {
    gfp.mayWait
      ? Zone.shared.allocate(count, alignment: alignment, in: gfp.migrateType)
      : Zone.shared.allocateAtHand(count, alignment: alignment, in: gfp.migrateType)
  }

  static func freeSlabPages(_ first: PageIndex, _ count: Int, touched: Int) {
    Zone.shared.freeTyped(first, count, touched: touched)
    BackgroundReclaim.remember()
  }

  /// Holds the locks of this layer's pages over a fork.
  /// - Parameter phase: QUARRY_FORK_*.
  static func fork(_ phase: Int32) {
    let record = KernelMemory.record
    let locks = (
      Lock(quarry_kernel_memory_shrinker_lock(record)), Lock(quarry_kernel_memory_low_lock(record)),
      Lock(quarry_kernel_memory_reserve_lock(record))
    )
    switch phase {
    case QUARRY_FORK_PREPARE:
      _ = locks.0.acquire()
      _ = locks.1.acquire()
      LowZones.forEach { $0.lockForFork() }
      _ = locks.2.acquire()
    case QUARRY_FORK_PARENT:
      locks.2.release()
      LowZones.forEach { $0.unlockAfterFork() }
      locks.1.release()
      locks.0.release()
    default:
      locks.2.reset()
      LowZones.forEach { $0.resetAfterFork() }
      locks.1.reset()
      locks.0.reset()
    }
  }
}
