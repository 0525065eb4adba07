// The flags of requests and caches. What each means is told in quarry/gfp.h and quarry/slab.h.
import CQuarry

/// What a request for memory may do, and what it wants: gfp_t.
public struct GFP: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// May map memory, wait and reclaim.
  public static let kernel: GFP = [.directReclaim, .kswapdReclaim, .io, .fs]
  /// Never waits; may use the emergency reserve. Safe in a signal handler.
  public static let atomic: GFP = [.high, .kswapdReclaim]
  /// Never waits, and leaves the reserve.
  public static let noWait: GFP = [.kswapdReclaim, .noWarn]
  /// As `kernel`, but reclaim skips shrinkers that do file-system work.
  public static let noFS: GFP = [.directReclaim, .kswapdReclaim, .io]
  /// As `kernel`, but reclaim skips shrinkers that do I/O.
  public static let noIO: GFP = [.directReclaim, .kswapdReclaim]

  public static let directReclaim = GFP(rawValue: UInt32(___GFP_DIRECT_RECLAIM))
  public static let kswapdReclaim = GFP(rawValue: UInt32(___GFP_KSWAPD_RECLAIM))
  public static let io = GFP(rawValue: UInt32(___GFP_IO))
  public static let fs = GFP(rawValue: UInt32(___GFP_FS))
  public static let high = GFP(rawValue: UInt32(___GFP_HIGH))
  public static let zero = GFP(rawValue: UInt32(___GFP_ZERO))
  public static let noWarn = GFP(rawValue: UInt32(___GFP_NOWARN))
  public static let noFail = GFP(rawValue: UInt32(___GFP_NOFAIL))
  public static let noRetry = GFP(rawValue: UInt32(___GFP_NORETRY))
  public static let retryMayFail = GFP(rawValue: UInt32(___GFP_RETRY_MAYFAIL))
}

/// What a cache is like: slab_flags_t.
public struct SlabFlags: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let redZone = SlabFlags(rawValue: SLAB_RED_ZONE)
  public static let poison = SlabFlags(rawValue: SLAB_POISON)
  public static let storeUser = SlabFlags(rawValue: SLAB_STORE_USER)
  public static let cacheLineAligned = SlabFlags(rawValue: SLAB_HWCACHE_ALIGN)
  public static let reclaimable = SlabFlags(rawValue: SLAB_RECLAIM_ACCOUNT)
  public static let accounted = SlabFlags(rawValue: SLAB_ACCOUNT)
  public static let typesafe = SlabFlags(rawValue: SLAB_TYPESAFE_BY_RCU)
  public static let noMerge = SlabFlags(rawValue: SLAB_NO_MERGE)
  public static let panics = SlabFlags(rawValue: SLAB_PANIC)
}
