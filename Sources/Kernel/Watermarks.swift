// Watermarks: how much of the limit has to stay free. When less is left than low, the background reclaim begins, and goes on
// until high is left; min is kept for urgent requests. The sizes are the kernel's: min is 4 * sqrt(KiB of the limit) KiB,
// low a quarter above it, high half.
import CShim
import Pages
import Units

public enum Watermarks {
  /// Reads the cgroup's limit; the option's is known since boot. The smaller one holds.
  static func set() {
    let zone = Zone.shared
    var limit = zone.record.pointee.limit_pages
    if let bytes = CgroupLimit.read() {
      let pages = UInt64(bytes) &>> UInt64(Page.shift)
      if limit == 0 || pages < limit { limit = pages }
    }
    if limit == 0 { return }
    let min = min(pages(limit: limit), limit / 8)
    KernelMemory.record.pointee.low_pages = min &+ min / 4
    KernelMemory.record.pointee.high_pages = min &+ min / 2
    zone.setLimit(pages: limit, min: min)
  }

  /// The min watermark of a limit: from 128 KiB to 256 MiB.
  static func pages(limit: UInt64) -> UInt64 {
    let kibibytes = limit &<< UInt64(Page.shift - 10)
    var root: UInt64 = 1
    while root &* root < kibibytes &* 16 { root &*= 2 }
    // Newton's steps from above.
    while true {
      let next = (root &+ kibibytes &* 16 / root) / 2
      if next >= root { break }
      root = next
    }
    return Swift.max(128, Swift.min(root, 256 << 10)) &>> UInt64(Page.shift - 10)
  }

  /// Whether less is left of the limit than the low watermark.
  static var isBelowLow: Bool { isBelow(KernelMemory.record.pointee.low_pages) }
  /// Whether less is left of the limit than the high watermark.
  static var isBelowHigh: Bool { isBelow(KernelMemory.record.pointee.high_pages) }

  private static func isBelow(_ mark: UInt64) -> Bool {
    let limit = Zone.shared.record.pointee.limit_pages
    return limit != 0 && Zone.shared.chargedPages &+ mark > limit
  }
}
