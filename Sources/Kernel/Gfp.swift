// Gfp: the flags of a request, as the layers below understand them. What each means is said in quarry/gfp.h.
import CShim
import Units

public struct Gfp: Equatable {
  public let rawValue: UInt32

  @inline(__always) public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  public static var kernel: Gfp {
    Gfp(___GFP_DIRECT_RECLAIM | ___GFP_KSWAPD_RECLAIM | ___GFP_IO | ___GFP_FS)
  }

  /// Whether all bits of `flags` are set.
  @inline(__always) public func has(_ flags: UInt32) -> Bool { rawValue & flags == flags }

  @inline(__always) public var isZeroed: Bool { has(___GFP_ZERO) }
  /// Whether the request may wait for locks and make blocking system calls.
  @inline(__always) public var mayWait: Bool { has(___GFP_DIRECT_RECLAIM) }

  /// Which pageblocks its pages come from.
  var migrateType: MigrateType {
    if has(___GFP_RECLAIMABLE) { return .reclaimable }
    return rawValue & (___GFP_MOVABLE | ___GFP_HARDWALL) != 0 ? .movable : .unmovable
  }

  /// Whether it wants a zone of low addresses.
  var isLow: Bool { rawValue & (___GFP_DMA | ___GFP_DMA32) != 0 }

  /// What of the thread's context this request adds: how far it may go below the watermarks.
  var context: UInt32 {
    if has(___GFP_MEMALLOC) && !has(___GFP_NOMEMALLOC) { return QUARRY_CONTEXT_MEMALLOC }
    return has(___GFP_HIGH) ? QUARRY_CONTEXT_HIGH : 0
  }

  /// The flags without what the thread's scopes forbid: memalloc_noio_save, memalloc_nofs_save.
  var inScope: Gfp {
    let context = quarry_context_of_thread()
    if context & QUARRY_CONTEXT_NOIO != 0 { return Gfp(rawValue & ~(___GFP_IO | ___GFP_FS)) }
    if context & QUARRY_CONTEXT_NOFS != 0 { return Gfp(rawValue & ~___GFP_FS) }
    return self
  }
}
