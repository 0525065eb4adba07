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

    /// As far as there are samples.
    func error(_ value: Int) -> Int64 { Int64(Int(estimate: 1.96 * variances[value].squareRoot())) }
  }

  /// The true total of a value is within so much of the estimate, with a probability of 95 %: 0 where every request is a
  /// sample, nil where nobody can tell, as of other programs' profiles.
  public func error(_ value: Int) -> Int64? {
    if hasNoSample(of: value) { return Int64(Int(estimate: Self.unseen * Double(max(0, period)))) }
    return scatter?.error(value)
  }

  /// `12.3 MiB ± 1.20 MiB (95 %)`: a total and its error, for people.
  public func totalWords(_ value: Int) -> String {
    let type = valueTypes[value]
    let total = type.amount(total(value))
    guard let error = error(value), error > 0 else { return total }
    return "\(total) ± \(type.amount(error)) (95 %\(hasNoSample(of: value) ? ", no sample" : ""))"
  }

  /// Of requests that add up to so many times the mean distance of samples there is a sample in 95 of 100 cases: e^-3 is
  /// 0.05. What no sample tells of is less, be it what is live, or what came and went between two moments.
  private static let unseen = 3.0

  private func hasNoSample(of value: Int) -> Bool { total(value) == 0 && scatter?.error(value) == 0 }

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

  /// For people as for `scatter(comment:types:)`: `quarry: totals of process 7, started at tick 42, are known to (95 %):
  /// alloc_objects ± 12, alloc_space ± 4096 bytes, inuse_objects ± 3, inuse_space ± 2048 bytes`.
  var errorComment: String? {
    scatter.map { scatter in
      let whose = scatter.process.map { " of process \($0.number), started at tick \($0.start)," } ?? ""
      let errors = valueTypes.indices.map { value in
        let type = valueTypes[value]
        return "\(type.type) ± \(error(value) ?? 0)\(type.errorUnit)" + (hasNoSample(of: value) ? Self.noSample : "")
      }
      return "quarry: totals\(whose) are known to (95 %): \(errors.joined(separator: ", "))"
    }
  }
  private static let noSample = " without a sample"

  /// What a comment says.
  /// - Returns: nil when it is no such comment, is of other values, or says what cannot be.
  static func scatter(comment: String, types: [ValueType]) -> Scatter? {
    let form = /quarry: totals(?: of process ([0-9]+), started at tick ([0-9]+),)? are known to \(95 %\): (.*)/
    guard let (_, number, start, errors) = comment.wholeMatch(of: form)?.output else { return nil }
    let texts = errors.split(separator: ", ", omittingEmptySubsequences: false)
    guard texts.count == types.count else { return nil }
    let variances = zip(texts, types).map { text, type -> Double? in
      let (start, end) = ("\(type.type) ± ", type.errorUnit)
      let isSampled = !text.hasSuffix(noSample)
      let known = isSampled ? text : text.dropLast(noSample.count)
      guard known.hasPrefix(start), known.hasSuffix(end),
        let error = UInt64(known.dropFirst(start.count).dropLast(end.count)), error <= 1 << 62
      else { return nil }
      return isSampled ? (Double(error) / 1.96) * (Double(error) / 1.96) : 0
    }
    guard !variances.contains(nil) else { return nil }
    var process: Process?
    if let number, let start {
      guard let number = Int32(number), let start = UInt64(start) else { return nil }
      process = Process(number: number, start: start)
    }
    return Scatter(variances: variances.compactMap(\.self), process: process)
  }
}

extension Profile.ValueType {
  /// What stands behind an error in a comment.
  fileprivate var errorUnit: String { unit == "bytes" ? " bytes" : "" }
}
