// Gate: what every request with flags passes through, and where pages for slabs come from.
import CShim
import Pages
import Units

enum Gate {
  /// Makes attempts at a request until one succeeds or the flags forbid another.
  /// - Parameter attempt: an address, 0 when there is no memory.
  static func allocate(pages: Int, _ gfp: Gfp, attempt: () -> UInt) -> UInt { attempt() }

  static func slabPages(_ count: Int, alignment: Int = 1, _ gfp: Gfp) -> Zone.Pages? {
    if !gfp.mayWait { return nil }
    return Zone.shared.allocate(count, alignment: alignment)
  }

  static func freeSlabPages(_ first: PageIndex, _ count: Int, touched: Int) {
    Zone.shared.free(first, count, touched: touched)
  }

  static func fork(_ phase: Int32) {}
}
