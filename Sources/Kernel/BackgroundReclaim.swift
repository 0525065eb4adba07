// BackgroundReclaim: what begins at the low watermark, so that requests rarely come to the min watermark and have to wait.
// Kswapd, where it runs, gives back what is free. Shrinkers are the program's code, which cannot run on that thread: the
// next request that may wait calls them if that was not enough; and does all of it where no kswapd runs.
import CShim
import Pages
import Platform
import Synchronization
import Units

enum BackgroundReclaim {
  /// QUARRY_RECLAIM_*.
  private static var wanted: UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_reclaim_wanted(KernelMemory.record))
  }

  private static func isWanted(_ what: Int32) -> Bool { wanted.pointee.load(ordering: .relaxed) == UInt32(what) }

  /// Whether requests may have something to do.
  @inline(__always) static var isWanted: Bool { !isWanted(QUARRY_RECLAIM_QUIET) }

  /// Asks for background reclaim if less is left than the low watermark, and wakes kswapd for that and for the atomic
  /// reserve. In any context.
  @inline(__always) static func wake() { if Watermarks.isBelowLow && want() || AtomicReserve.isLow { Kswapd.wake() } }

  private static func want() -> Bool {
    wanted.pointee.compareExchange(
      expected: UInt32(QUARRY_RECLAIM_QUIET), desired: UInt32(QUARRY_RECLAIM_FREE), ordering: .relaxed
    ).exchanged
  }

  /// What kswapd does here, or in a process without it the slow paths.
  /// - Parameter isDue: whether it was not woken, so that what is idle now was so for a while.
  /// - Returns: whether it has to come again.
  static func look(isDue: Bool) -> Bool {
    if !KernelMemory.isUp { return false }
    if AtomicReserve.isLow { AtomicReserve.replenish() }
    if isWanted(QUARRY_RECLAIM_FREE) {
      DirectReclaim.reclaimFree()
      let rest = Watermarks.isBelowHigh ? QUARRY_RECLAIM_SHRINKERS : QUARRY_RECLAIM_QUIET
      wanted.pointee.store(UInt32(rest), ordering: .relaxed)
    }
    if !isDue { return hasIdle }
    let reserveMayShrink = ReserveSlabs.areMoreThanFirst && AtomicReserve.shrink(onlyIdle: true)
    return purgeIdle() || reserveMayShrink
  }

  /// Whether more is free, and not malloc's, than kswapd would leave.
  private static var hasIdle: Bool {
    ReserveSlabs.areMoreThanFirst || DirectReclaim.purgeable > UInt64(Tunables.idleFloorPages)
  }

  /// Sees that kswapd looks at what may be too much. Not in handlers; any lock may be held.
  @inline(__always) static func remember() { if hasIdle { _ = Kswapd.call() } }

  /// The same, and in a process without kswapd looks itself, once in a while. No lock is held.
  @inline(__always) static func lookInTime() { if hasIdle { callOrLook() } }

  @inline(never) private static func callOrLook() {
    if Kswapd.call() { return }
    let time = quarry_kernel_memory_look_time(KernelMemory.record)
    if Pace.isDue(time, every: Tunables.keepMilliseconds) { _ = look(isDue: true) }
  }

  /// Gives back what is free, and not malloc's, if nobody took or gave any since the last look.
  /// - Returns: whether it has to be looked at again.
  private static func purgeIdle() -> Bool {
    let resident = DirectReclaim.purgeable
    if resident <= UInt64(Tunables.idleFloorPages) { return false }
    if resident != KernelMemory.record.pointee.purgeable_seen {
      KernelMemory.record.pointee.purgeable_seen = resident
      return true
    }
    DirectReclaim.purge()
    return false
  }

  /// Does what is left to the calling request: from light to heavier, until the high watermark is left or half of the
  /// priorities are through; at most once in `Tunables.balanceMilliseconds`.
  @inline(never) static func run(_ gfp: Gfp) {
    if isWanted(QUARRY_RECLAIM_FREE) && Kswapd.call() { return Kswapd.wake() }
    wanted.pointee.store(UInt32(QUARRY_RECLAIM_QUIET), ordering: .relaxed)
    let time = quarry_kernel_memory_balance_time(KernelMemory.record)
    if !Pace.isDue(time, every: Tunables.balanceMilliseconds) { return }
    DirectReclaim.reclaimFree()
    var priority = DirectReclaim.lightest
    while priority > DirectReclaim.lightest / 2 && Watermarks.isBelowHigh {
      DirectReclaim.round(gfp, priority: priority)
      priority &-= 1
    }
  }
}
