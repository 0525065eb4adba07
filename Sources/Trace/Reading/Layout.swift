// Layouts of size classes: to which size a request is rounded.

/// Classes in equal steps within each doubling, of 16 bytes at least, up to 32 KiB; whole pages above.
public struct Layout: Equatable, Sendable {
  public var name: String
  /// Classes from one power of two to the next.
  public var steps: UInt64

  static let page: UInt64 = 4096
  static let largest: UInt64 = 32 << 10

  /// Quarry's, which has eight steps a doubling.
  public static let quarry = Layout(name: "quarry", steps: 8)
  public static let all = [
    quarry, Layout(name: "powers of two", steps: 1), Layout(name: "2 a doubling", steps: 2),
    Layout(name: "4 a doubling", steps: 4), Layout(name: "16 a doubling", steps: 16),
  ]

  /// Bytes of the class that serves `size` bytes; no bytes get the smallest class.
  public func rounded(_ size: UInt64) -> UInt64 {
    if size <= 8 { return 8 }
    if size <= 16 { return 16 }
    if size > Self.largest { return Self.up(size, to: Self.page) }
    let below = UInt64(1) << UInt64(63 - (size - 1).leadingZeroBitCount)
    return Self.up(size, to: max(16, below / steps))
  }

  private static func up(_ size: UInt64, to step: UInt64) -> UInt64 {
    let (sum, overflows) = size.addingReportingOverflow(step - 1)
    return overflows ? size : sum / step * step
  }
}
