// Demand: the way of every request with flags, from the check of its flags to the report that it failed. What may wait
// makes room by reclaim and tries again, as often as its flags say; what may not, makes one attempt.
import CShim
import Pages
import Platform
import Units

public enum Demand {
  /// Makes attempts at a request until one succeeds or the flags forbid another.
  /// - Parameter limit: bytes of the largest request of its kind.
  /// - Parameter attempt: an address, 0 when there is no memory.
  /// - Returns: the address; 0 after a report, unless the flags spare it.
  static func satisfy(bytes: UInt, _ gfp: Gfp, upTo limit: UInt, _ attempt: () -> UInt) -> UInt {
    if gfp.isRefused { return 0 }
    if bytes > limit {
      if !gfp.has(___GFP_NOWARN) { FailureReport.tooLarge(bytes, limit, gfp) }
      return 0
    }
    if !gfp.mayWait && !KernelMemory.servesHandlers { KernelMemory.expectHandlers() }
    while !(gfp.mayWait ? KernelMemory.isUp || KernelMemory.ensure() : KernelMemory.ensureAtHand()) {
      if !gfp.has(___GFP_NOFAIL) { return 0 }
      quarry_sys_yield()
    }
    if gfp.mayWait && quarry_context_of_thread() & QUARRY_CONTEXT_MEMALLOC == 0 { tidyUp(gfp) }
    let order = PageOrder(holding: Page.count(bytes: Int(bitPattern: min(bytes, UInt(Int.max / 2))))).rawValue
    let scope = quarry_context_of_thread()
    var context = scope | gfp.context
    if gfp.has(___GFP_NOMEMALLOC) { context &= ~QUARRY_CONTEXT_MEMALLOC }
    quarry_set_context_of_thread(context)
    defer { quarry_set_context_of_thread(scope) }
    var block = attempt()
    if block == 0 && gfp.mayWait && scope & QUARRY_CONTEXT_MEMALLOC == 0 {
      block = retry(order: order, gfp.inScope, attempt)
    }
    // Where reclaim itself must not fail, others have to give something up.
    while block == 0 && gfp.has(___GFP_NOFAIL) {
      quarry_sys_yield()
      block = attempt()
    }
    if gfp.has(___GFP_KSWAPD_RECLAIM) { BackgroundReclaim.wake() }
    if block == 0 && !gfp.has(___GFP_NOWARN) { FailureReport.write(order: order, gfp) }
    return block
  }

  /// The last resort of malloc and its relatives, whose memory is under the same limit: reclaims and tries again, as a request
  /// with GFP_KERNEL does, whose reports they spare since they tell by themselves that they failed. Not from within reclaim,
  /// nor where the interface is not in use, or the request is beyond what could ever be had.
  /// - Returns: an address; 0 when there is no memory.
  @inline(never) public static func satisfyMalloc(_ bytes: UInt, _ attempt: () -> UInt) -> UInt {
    let limit = Zone.shared.record.pointee.limit_pages
    if !KernelMemory.isUp || bytes > UInt(limit != 0 ? limit : 1 &<< 36) &<< UInt(Page.shift) { return 0 }
    return satisfy(bytes: bytes, Gfp(Gfp.kernel.rawValue | ___GFP_NOWARN), upTo: .max, attempt)
  }

  /// What handlers and other requests left to do for those that may wait.
  @inline(__always) private static func tidyUp(_ gfp: Gfp) {
    DeferredFrees.drain()
    if AtomicReserve.isLow { AtomicReserve.replenish() }
    BackgroundReclaim.remember()
    if BackgroundReclaim.isWanted { BackgroundReclaim.run(gfp.inScope) }
  }

  /// Reclaims and tries again.
  @inline(never) private static func retry(order: Int, _ gfp: Gfp, _ attempt: () -> UInt) -> UInt {
    DirectReclaim.reclaimFree()
    let block = attempt()
    if block != 0 { return block }
    if gfp.has(___GFP_NORETRY) {
      DirectReclaim.round(gfp, priority: DirectReclaim.lightest)
      return attempt()
    }
    var fruitless = 0
    while true {
      // With every round of a cycle more is looked at.
      var progress = 0
      var priority = DirectReclaim.lightest
      while priority >= 0 {
        progress &+= DirectReclaim.round(gfp, priority: priority)
        let block = attempt()
        if block != 0 { return block }
        priority &-= 1
      }
      fruitless = progress > 0 ? 0 : fruitless &+ 1
      if gfp.has(___GFP_NOFAIL) {
        if fruitless > 0 {
          let block = beyondLimit(attempt)
          if block != 0 { return block }
          quarry_sys_yield()
        }
      } else if gfp.has(___GFP_RETRY_MAYFAIL) {
        if fruitless > Tunables.reclaimRetries { return 0 }
        quarry_sys_yield()
      } else if fruitless > 0 || order > Int(PAGE_ALLOC_COSTLY_ORDER) {
        return 0
      }
    }
  }

  /// One attempt for which neither watermark nor limit holds.
  private static func beyondLimit(_ attempt: () -> UInt) -> UInt {
    let context = quarry_context_of_thread()
    quarry_set_context_of_thread(context | QUARRY_CONTEXT_MEMALLOC)
    defer { quarry_set_context_of_thread(context) }
    return attempt()
  }
}
