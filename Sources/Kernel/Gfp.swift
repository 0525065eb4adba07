// Gfp: the flags of a request. See quarry/gfp.h.
import CShim

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
}
