// Numbers for people: bytes in binary units, addresses, ratios.

import Measuring

/// A number of bytes, as `12.3 MiB`.
public struct Size: CustomStringConvertible {
  private let bytes: Int
  public init(_ bytes: Int) { self.bytes = bytes }

  public var description: String {
    if bytes.magnitude < 1024 { return "\(bytes) B" }
    var value = Double(bytes) / 1024
    var unit = "KiB"
    for larger in ["MiB", "GiB", "TiB"] where abs(value) >= 1024 {
      value /= 1024
      unit = larger
    }
    return "\(number(value, abs(value) < 10 ? 2 : 1)) \(unit)"
  }
}

/// A number in hexadecimal, an address or an offset, as `0x11000008f000`.
public struct Hexadecimal: CustomStringConvertible {
  public let description: String
  public init(_ number: some BinaryInteger) { description = "0x" + String(number, radix: 16) }
}

/// A ratio with two places.
public struct Ratio: CustomStringConvertible {
  public let description: String
  public init(_ value: Double) { description = number(value, 2) }
}
