// Numbers for people: bytes in binary units, decimals with a fixed number of places.

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
    return "\(Decimal(value, abs(value) < 10 ? 2 : 1)) \(unit)"
  }
}

/// A number with a fixed number of decimal places.
public struct Decimal: CustomStringConvertible {
  public let description: String

  public init(_ value: Double, _ places: Int) {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    guard value.isFinite, abs(value) * scale < 1e18 else {
      description = "\(value)"
      return
    }
    let scaled = Int((abs(value) * scale).rounded())
    let whole = scaled / Int(scale)
    let rest = String(scaled % Int(scale))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let fraction = places == 0 ? "" : "." + String(repeating: "0", count: places - rest.count) + rest
    description = "\(sign)\(whole)\(fraction)"
  }
}

/// A ratio with two places.
public struct Ratio: CustomStringConvertible {
  public let description: String
  public init(_ value: Double) { description = Decimal(value, 2).description }
}
