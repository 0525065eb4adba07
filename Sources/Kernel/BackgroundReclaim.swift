// BackgroundReclaim: what begins at the low watermark, so that requests rarely come to the min watermark and have to wait.
// The kernel leaves it to a thread; here the next requests that may wait do it as they come by, whoever called for it.
import CShim
import Platform
import Synchronization
import Units

enum BackgroundReclaim {
  private static var wanted: UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_reclaim_wanted(KernelMemory.record))
  }

  @inline(__always) static var isWanted: Bool { wanted.pointee.load(ordering: .relaxed) != 0 }

  /// Calls for it if less is left than the low watermark. In any context.
  @inline(__always) static func wake() {
    if Watermarks.isBelowLow { wanted.pointee.store(1, ordering: .relaxed) }
  }

  /// Reclaims, from light to heavier, until the high watermark is free or half of the priorities are through; at most once
  /// in `Tunables.balanceMilliseconds`.
  @inline(never) static func run(_ gfp: Gfp) {
    wanted.pointee.store(0, ordering: .relaxed)
    let time = atomic(quarry_kernel_memory_balance_time(KernelMemory.record))
    let last = time.pointee.load(ordering: .relaxed)
    // 0 is never.
    let now = System.milliseconds | 1
    if last != 0 && now &- last < Tunables.balanceMilliseconds { return }
    if !time.pointee.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged { return }
    DirectReclaim.reclaimFree()
    var priority = DirectReclaim.lightest
    while priority > DirectReclaim.lightest / 2 && Watermarks.isBelowHigh {
      DirectReclaim.round(gfp, priority: priority)
      priority &-= 1
    }
  }
}
