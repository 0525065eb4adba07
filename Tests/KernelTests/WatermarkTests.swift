import Testing

@testable import Kernel

@Suite("Watermarks") struct WatermarkTests {
  /// min is 4 * sqrt(KiB) KiB, from 128 KiB to 256 MiB, in pages.
  @Test(arguments: [
    (mebibytes: 1, kibibytes: 128), (16, 512), (64, 1024), (1024, 4096), (1 << 20, 131_072), (1 << 30, 256 << 10),
  ])
  func min(mebibytes: UInt64, kibibytes: UInt64) { #expect(Watermarks.pages(limit: mebibytes * 256) == kibibytes / 4) }

  @Test func growsWithTheLimit() {
    var last: UInt64 = 0
    for shift in 0..<40 as Range<UInt64> {
      let min = Watermarks.pages(limit: 1 << shift)
      #expect(min >= last)
      last = min
    }
  }
}
