// How far the totals of a heap profile may be off, since it is made of samples: Horvitz and Thompson's variance, as in
// Rounding.swift, of which each sample has its part. A file keeps it as a comment, since pprof's format has no other place.

import Glibc

extension Profile {
  /// How much the totals scatter.
  struct Scatter: Sendable, Equatable {
    /// By value type.
    var variances: [Double]
    /// Whether they are of one heap at one moment, rather than of a sum or a difference.
    var isOfOneMoment: Bool

    func adding(_ other: Scatter) -> Scatter {
      Scatter(variances: zip(variances, other.variances).map(+), isOfOneMoment: false)
    }
  }

  /// The true total of a value is within so much of the estimate, with a probability of 95 %: 0 where every request is a
  /// sample, nil where nobody can tell, as of other programs' profiles.
  public func error(_ value: Int) -> Int64? {
    scatter.map { Int64(Int(estimate: 1.96 * $0.variances[value].squareRoot())) }
  }

  /// `12.3 MiB ± 1.20 MiB (95 %)`: a total and its error, for people.
  public func totalWords(_ value: Int) -> String {
    let type = valueTypes[value]
    let total = type.amount(total(value))
    guard let error = error(value), error > 0 else { return total }
    return "\(total) ± \(type.amount(error)) (95 %)"
  }

  // MARK: Differences

  /// How much a difference scatters. Blocks of one process that live at both moments are samples at both, or at neither, so
  /// that only what came and went in between makes an error; the samples of two processes have nothing to do with each other.
  static func scatter(ofGrowthFrom earlier: Profile, to later: Profile) -> Scatter? {
    guard let old = earlier.scatter, let new = later.scatter else { return nil }
    var growth = new.adding(old)
    // One process by where its files are mapped, which is random.
    guard later.valueTypes == heapTypes, old.isOfOneMoment, new.isOfOneMoment, !earlier.mappings.isEmpty,
      earlier.mappings.allSatisfy({ old in later.mappings.contains { $0.file == old.file && $0.range == old.range } }),
      zip(old.variances, new.variances).prefix(2).allSatisfy({ $0 <= $1 })
    else { return growth }
    for (live, all) in [(2, 0), (3, 1)] {
      let came = new.variances[all] - old.variances[all]
      // Of live blocks, those that came, and those that went: all that came but for what there is more.
      let changed = max(0, 2 * came - (new.variances[live] - old.variances[live]))
      growth.variances[live] = min(growth.variances[live], changed)
      growth.variances[all] = came
    }
    return growth
  }

  // MARK: Comments

  private static let beginnings = (
    oneMoment: "quarry: totals known to ±", other: "quarry: totals, of several profiles, known to ±"
  )

  /// For people as for `Scatter(comment:)`: `quarry: totals known to ± 12.5 4096.0 3.25 2048.0 (95 %)`, by value type.
  var errorComment: String? {
    scatter.map { scatter in
      let beginning = scatter.isOfOneMoment ? Self.beginnings.oneMoment : Self.beginnings.other
      return "\(beginning) \(scatter.variances.map { "\(1.96 * $0.squareRoot())" }.joined(separator: " ")) (95 %)"
    }
  }

  /// What a comment says.
  /// - Parameter count: value types of the profile.
  /// - Returns: nil when it is no such comment, or says what cannot be.
  static func scatter(comment: String, count: Int) -> Scatter? {
    for (beginning, isOfOneMoment) in [(beginnings.oneMoment, true), (beginnings.other, false)] {
      guard comment.hasPrefix(beginning + " "), comment.hasSuffix(" (95 %)") else { continue }
      let numbers = comment.dropFirst(beginning.count + 1).dropLast(" (95 %)".count)
      let errors = numbers.split(separator: " ").map { Double($0) }
      let variances = errors.compactMap { $0.flatMap { (0...0x1p62).contains($0) ? ($0 / 1.96) * ($0 / 1.96) : nil } }
      guard variances.count == errors.count, variances.count == count else { return nil }
      return Scatter(variances: variances, isOfOneMoment: isOfOneMoment)
    }
    return nil
  }
}
