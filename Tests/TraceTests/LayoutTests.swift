// To which sizes requests are rounded.

import Testing

@testable import Trace

@Suite("Layouts of classes")
struct LayoutTests {
  @Test func quarrysSizes() {
    let sizes: [(UInt64, UInt64)] = [
      (0, 8), (1, 8), (8, 8), (9, 16), (17, 32), (113, 128), (128, 128), (129, 144), (256, 256), (257, 288),
      (512, 512), (513, 576), (32767, 32768), (32769, 36864), (40960, 40960),
    ]
    for (size, rounded) in sizes { #expect(Layout.quarry.rounded(size) == rounded, "\(size)") }
  }

  @Test func powersOfTwo() {
    let powers = Layout(name: "powers of two", steps: 1)
    for (size, rounded) in [(17, 32), (33, 64), (1025, 2048), (32768, 32768)] as [(UInt64, UInt64)] {
      #expect(powers.rounded(size) == rounded)
    }
  }

  /// No layout gives less than was asked for, or more for less.
  @Test func roundingIsUpAndInOrder() {
    for layout in Layout.all {
      var last: UInt64 = 0
      for size in UInt64(0)...40000 {
        let rounded = layout.rounded(size)
        #expect(rounded >= size && rounded >= last && layout.rounded(rounded) == rounded)
        last = rounded
      }
    }
  }

  @Test func noSizeOverflows() {
    for layout in Layout.all { #expect(layout.rounded(.max) == .max) }
  }
}
