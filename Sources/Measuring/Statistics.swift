// The few figures that runs are reduced to.

#if canImport(Glibc)
  import Glibc
#endif

/// The middle of the values, which one disturbed run cannot move far; nil if there are none.
public func median(_ values: [Double]) -> Double? {
  guard !values.isEmpty else { return nil }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The distance between the largest and the smallest value in parts of the median; nil if there are not two.
public func spread(_ values: [Double]) -> Double? {
  guard values.count > 1, let middle = median(values), middle > 0, let least = values.min(),
    let most = values.max()
  else {
    return nil
  }
  return (most - least) / middle
}

/// The mean for ratios: twice as fast and twice as slow cancel out.
public func geometricMean(_ ratios: [Double]) -> Double? {
  guard !ratios.isEmpty, ratios.allSatisfy({ $0 > 0 }) else { return nil }
  return exp(ratios.map { log($0) }.reduce(0, +) / Double(ratios.count))
}

/// `value` with a fixed number of digits after the point; `-` for what is no number.
public func number(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "-" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  // Beyond what an integer holds there are no digits after the point to be had.
  guard abs(value) * scale < 1e18 else { return "\(value)" }
  let scaled = Int((abs(value) * scale).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return sign + String(scaled) }
  let fraction = String(scaled % Int(scale))
  return sign + "\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
}
