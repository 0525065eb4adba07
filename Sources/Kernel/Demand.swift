// Demand: what every request with flags passes through before and after it is tried.
import CShim
import Platform

public enum Demand {
  /// Makes attempts at a request until one succeeds or the flags forbid another.
  /// - Parameter attempt: an address, 0 when there is no memory.
  static func satisfy(bytes: UInt, _ gfp: Gfp, upTo limit: UInt, _ attempt: () -> UInt) -> UInt {
    if bytes > limit { return 0 }
    return attempt()
  }
}
