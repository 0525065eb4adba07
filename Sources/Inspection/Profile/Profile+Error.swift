// How far the totals of a heap profile may be off, since it is made of samples: Horvitz and Thompson's variance, as in
// Rounding.swift, of which each sample has its part. A file keeps it as a comment, since pprof's format has no other place.

import Glibc

extension Profile {
  /// A process, which no other one is mistaken for: siblings of one fork differ in nothing but their numbers.
  struct Process: Sendable, Equatable {
    var number: Int32
    /// Clock ticks after boot: the number is another's later.
    var start: UInt64
  }

  /// How much the totals scatter.
  struct Scatter: Sendable, Equatable {
    /// By value type.
    var variances: [Double]
    /// Whose heap at one moment they are of; nil of a sum, a difference, or a core file, which does not tell.
    var process: Process?

    func adding(_ other: Scatter) -> Scatter { Scatter(variances: zip(variances, other.variances).map(+)) }
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
    // That its files are mapped where they were: it may have become another program.
    guard later.valueTypes == heapTypes, old.process != nil, old.process == new.process,
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

  /// For people as for `scatter(comment:count:)`: `quarry: totals of process 7, started at tick 42, known to ± 12.5 4096.0
  /// 3.25 2048.0 (95 %)`, by value type.
  var errorComment: String? {
    scatter.map { scatter in
      let whose = scatter.process.map { " of process \($0.number), started at tick \($0.start)," } ?? ""
      let errors = scatter.variances.map { "\(1.96 * $0.squareRoot())" }.joined(separator: " ")
      return "quarry: totals\(whose) known to ± \(errors) (95 %)"
    }
  }

  /// What a comment says.
  /// - Parameter count: value types of the profile.
  /// - Returns: nil when it is no such comment, or says what cannot be.
  static func scatter(comment: String, count: Int) -> Scatter? {
    let form = /quarry: totals(?: of process ([0-9]+), started at tick ([0-9]+),)? known to ± (.*) \(95 %\)/
    guard let (_, number, start, errors) = comment.wholeMatch(of: form)?.output else { return nil }
    let variances = errors.split(separator: " ").map { text -> Double? in
      Double(text).flatMap { (0...0x1p62).contains($0) ? ($0 / 1.96) * ($0 / 1.96) : nil }
    }
    guard variances.count == count, !variances.contains(nil) else { return nil }
    var process: Process?
    if let number, let start {
      guard let number = Int32(number), let start = UInt64(start) else { return nil }
      process = Process(number: number, start: start)
    }
    return Scatter(variances: variances.compactMap(\.self), process: process)
  }
}
