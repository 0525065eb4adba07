// Demand: the way of every request with flags, from the check of its flags to the report that it failed. What may wait
// makes room by reclaim and tries again, as often as its flags say; what may not, makes one attempt.
import CShim
import Pages
import Platform
import Units

/// A request under way. Attempts are of many kinds, and `satisfy` is compiled for each; what happens between two
/// attempts is apart from them, so that it is compiled once.
public struct Demand {
  private let gfp: Gfp
  private let order: Int
  /// The thread's context outside of the request, and within.
  private let scope: UInt32
  private let context: UInt32

  private enum Stage { case untried, once, cycles, beyondLimit, over }
  private var stage = Stage.untried
  /// The priority of the next round in this cycle; each round looks at more than the one before.
  private var priority = DirectReclaim.lightest
  /// What the rounds of this cycle gave back, and how many cycles in a row gave back nothing.
  private var progress = 0
  private var fruitless = 0

  /// Makes attempts at a request until one succeeds or the flags forbid another.
  /// - Parameter limit: bytes of the largest request of its kind.
  /// - Parameter attempt: an address, 0 when there is no memory.
  /// - Returns: the address; 0 after a report, unless the flags spare it.
  static func satisfy(bytes: UInt, _ gfp: Gfp, upTo limit: UInt, _ attempt: () -> UInt) -> UInt {
    guard var demand = begin(bytes, gfp, upTo: limit) else { return 0 }
    var block = attempt()
    while block == 0 && demand.makesRoom() { block = attempt() }
    demand.end(hasFailed: block == 0)
    return block
  }

  /// The last resort of malloc and its relatives, whose memory is under the same limit: reclaims and tries again, as a
  /// request with GFP_KERNEL does, but without a report, since they return NULL. Does nothing when the interface is not
  /// in use, or the request is larger than could ever be served.
  /// - Returns: an address; 0 when there is no memory.
  public static func satisfyMalloc(_ bytes: UInt, _ attempt: () -> UInt) -> UInt {
    let limit = Zone.shared.record.pointee.limit_pages
    if !KernelMemory.isUp || bytes > UInt(limit != 0 ? limit : 1 &<< 36) &<< UInt(Page.shift) { return 0 }
    return satisfy(bytes: bytes, Gfp(Gfp.kernel.rawValue | ___GFP_NOWARN), upTo: .max, attempt)
  }

  // MARK: Before the first attempt

  /// - Returns: nil when the request cannot be tried at all.
  @inline(never) private static func begin(_ bytes: UInt, _ gfp: Gfp, upTo limit: UInt) -> Demand? {
    if gfp.isRefused { return nil }
    if bytes > limit {
      if !gfp.has(___GFP_NOWARN) { FailureReport.tooLarge(bytes, limit, gfp) }
      return nil
    }
    if !gfp.mayWait && !KernelMemory.servesHandlers { KernelMemory.expectHandlers() }
    while !(gfp.mayWait ? KernelMemory.isUp || KernelMemory.ensure() : KernelMemory.ensureAtHand()) {
      if !gfp.has(___GFP_NOFAIL) { return nil }
      quarry_sys_yield()
    }
    if gfp.mayWait && quarry_context_of_thread() & QUARRY_CONTEXT_MEMALLOC == 0 { tidyUp(gfp) }
    return Demand(bytes, gfp)
  }

  /// What handlers and other requests left to do for those that may wait.
  @inline(__always) private static func tidyUp(_ gfp: Gfp) {
    DeferredFrees.drain()
    if AtomicReserve.isLow { AtomicReserve.replenish() }
    BackgroundReclaim.lookInTime()
    if BackgroundReclaim.isWanted { BackgroundReclaim.run(gfp.inScope) }
  }

  private init(_ bytes: UInt, _ gfp: Gfp) {
    self.gfp = gfp.inScope
    order = PageOrder(holding: Page.count(bytes: Int(bitPattern: min(bytes, UInt(Int.max / 2))))).rawValue
    scope = quarry_context_of_thread()
    let context = scope | gfp.context
    self.context = gfp.has(___GFP_NOMEMALLOC) ? context & ~QUARRY_CONTEXT_MEMALLOC : context
    quarry_set_context_of_thread(self.context)
  }

  // MARK: Between two attempts

  /// Reclaims, if the flags allow another attempt.
  @inline(never) private mutating func makesRoom() -> Bool {
    if !gfp.mayWait { return false }
    if scope & QUARRY_CONTEXT_MEMALLOC != 0 {
      // Where reclaim itself must not fail, others have to give something up.
      if gfp.has(___GFP_NOFAIL) { quarry_sys_yield() }
      return gfp.has(___GFP_NOFAIL)
    }
    switch stage {
    case .untried:
      DirectReclaim.reclaimFree()
      stage = gfp.has(___GFP_NORETRY) ? .once : .cycles
    case .once:
      DirectReclaim.round(gfp, priority: DirectReclaim.lightest)
      stage = .over
    case .beyondLimit:
      quarry_set_context_of_thread(context)
      quarry_sys_yield()
      stage = .cycles
      runRound()
    case .cycles:
      if priority < 0 && !beginsCycle() { return false }
      if stage == .beyondLimit {
        // One attempt for which neither watermark nor limit holds.
        quarry_set_context_of_thread(context | QUARRY_CONTEXT_MEMALLOC)
      } else {
        runRound()
      }
    case .over: return false
    }
    return true
  }

  private mutating func runRound() {
    progress &+= DirectReclaim.round(gfp, priority: priority)
    priority &-= 1
  }

  /// Whether another cycle follows the one that is through.
  private mutating func beginsCycle() -> Bool {
    fruitless = progress > 0 ? 0 : fruitless &+ 1
    progress = 0
    priority = DirectReclaim.lightest
    if gfp.has(___GFP_NOFAIL) {
      if fruitless > 0 { stage = .beyondLimit }
      return true
    }
    if !gfp.has(___GFP_RETRY_MAYFAIL) { return fruitless == 0 && order <= Int(PAGE_ALLOC_COSTLY_ORDER) }
    if fruitless > Tunables.reclaimRetries { return false }
    quarry_sys_yield()
    return true
  }

  // MARK: After the last one

  @inline(never) private func end(hasFailed: Bool) {
    quarry_set_context_of_thread(scope)
    if gfp.has(___GFP_KSWAPD_RECLAIM) { BackgroundReclaim.wake() }
    if hasFailed && !gfp.has(___GFP_NOWARN) { FailureReport.write(order: order, gfp) }
  }
}
