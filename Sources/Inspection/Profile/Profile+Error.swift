// How far the totals of a heap profile may be off, since it is made of samples: Horvitz and Thompson's variance, as in
// Rounding.swift, from what a call site asked for on the average. Where it asks for blocks of many sizes, the error of bytes
// is rather less, and that of objects, of which the small ones are seen seldom, may be more.

import Glibc

extension Profile {
  /// The true total of a value is within so much of the estimate, with a probability of 95 %: 0 where every request is a
  /// sample, nil where the profile is not one of samples by bytes.
  public func error(_ value: Int) -> Int64? { variance(value).map { Int64(Int(estimate: 1.96 * $0.squareRoot())) } }

  func variance(_ value: Int) -> Double? {
    if let combined { return combined[value] }
    guard period > 0, periodType == ValueType(type: "space", unit: "bytes"), let pair = pair(of: value) else {
      return nil
    }
    return samples.reduce(0) { sum, sample in
      let objects = Double(sample.values[pair.objects].magnitude)
      let size = Double(sample.values[pair.space].magnitude) / objects
      guard objects > 0, size.isFinite else { return sum }
      // Of n requests, n * p are samples, each of which stands for 1 / p with the variance (1 - p) / p^2.
      let variance = objects / expm1(max(size, 1) / Double(period))
      return sum + variance * (value == pair.space ? size * size : 1)
    }
  }

  /// What this difference has when both profiles are of one process: blocks that live in both are samples in both, or in
  /// neither, so that only what came and went in between makes an error.
  /// - Returns: nil for two processes, whose samples have nothing to do with each other.
  func variances(ofGrowthFrom earlier: Profile, to later: Profile) -> [Double?]? {
    // One process by where its files are mapped, which is random.
    guard valueTypes == Self.heapTypes, !earlier.mappings.isEmpty, later.combined == nil, earlier.combined == nil,
      earlier.mappings.allSatisfy({ old in later.mappings.contains { $0.file == old.file && $0.range == old.range } }),
      samples.allSatisfy({ $0.values[0] >= 0 && $0.values[1] >= 0 })
    else { return nil }
    var changes = self
    changes.combined = nil
    for (index, sample) in samples.enumerated() {
      // Of live blocks, those that came, and those that went: all that came but for what there are more.
      for (live, all) in [(2, 0), (3, 1)] {
        changes.samples[index].values[live] = 2 &* sample.values[all] &- sample.values[live]
      }
    }
    return valueTypes.indices.map(changes.variance)
  }

  /// The objects and bytes of which a value is one.
  private func pair(of value: Int) -> (objects: Int, space: Int)? {
    guard let stem = valueTypes[value].type.split(separator: "_").first,
      let objects = index(of: stem + "_objects"), let space = index(of: stem + "_space"),
      value == objects || value == space
    else { return nil }
    return (objects, space)
  }

  /// `12.3 MiB ± 1.20 MiB (95 %)`: a total and its error, for people.
  public func totalWords(_ value: Int) -> String {
    let type = valueTypes[value]
    let total = type.amount(total(value))
    guard let error = error(value), error > 0 else { return total }
    return "\(total) ± \(type.amount(error)) (95 %)"
  }
}
