// The few figures that runs are reduced to.

#if canImport(Glibc)
  import Glibc
#endif

/// The middle of the values, which one disturbed run cannot move far; nil if there are none.
func median(_ values: [Double]) -> Double? {
  guard !values.isEmpty else { return nil }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The distance between the largest and the smallest value in parts of the median; nil if there are not two.
func spread(_ values: [Double]) -> Double? {
  guard values.count > 1, let middle = median(values), middle > 0, let least = values.min(),
    let most = values.max()
  else {
    return nil
  }
  return (most - least) / middle
}

/// The mean for ratios: twice as fast and twice as slow cancel out.
func geometricMean(_ ratios: [Double]) -> Double? {
  guard !ratios.isEmpty, ratios.allSatisfy({ $0 > 0 }) else { return nil }
  return exp(ratios.map { log($0) }.reduce(0, +) / Double(ratios.count))
}
