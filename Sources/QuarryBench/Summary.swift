// Geometric means of ratios over rows: Quarry to each peer, and everybody to the best peer of each row.

import Measuring

/// The rows that a mean is taken over.
enum Scope: String, Codable, CaseIterable {
  case own
  case programs
  case probes
  case all

  /// The scopes that have a mean: probes ask different questions.
  static let compared: [Scope] = [.own, .programs, .all]

  func contains(_ row: RowResult) -> Bool {
    switch self {
    case .own: row.set == .own
    case .programs: row.set == .programs
    case .probes: row.set == .probes
    case .all: row.set != .probes
    }
  }
}

/// A mean of ratios; below one, the first is better.
struct Comparison: Codable {
  var scope: Scope
  var quantity: Quantity
  var candidate: String
  /// A peer's name, or `best` for the best peer of each row.
  var reference: String
  var ratio: Double
  var rows: Int
  var better: Int
}

/// How far the two measurements of Quarry lie apart: what smaller differences are worth.
struct Noise: Codable {
  var scope: Scope
  var quantity: Quantity
  /// The mean of the distances over all rows, and the largest, in parts of the value.
  var mean: Double
  var most: Double
}

struct Summary: Codable {
  var comparisons: [Comparison] = []
  var noise: [Noise] = []

  static let best = "best"
  static let quantities: [Quantity] = [.processor, .wall, .peak, .mean]

  init(of results: Results) {
    for scope in Scope.compared {
      let rows = results.rows.filter(scope.contains)
      if rows.isEmpty { continue }
      // With rows of one set only, "all" would repeat them.
      if scope == .all && Set(rows.map(\.set)).count < 2 { continue }
      for quantity in Self.quantities {
        compare(rows, in: scope, by: quantity, results)
        measureNoise(rows, in: scope, by: quantity, results)
      }
    }
  }

  private mutating func compare(
    _ rows: [RowResult], in scope: Scope, by quantity: Quantity, _ results: Results
  ) {
    func add(_ candidate: String, to reference: String, _ value: (RowResult) -> Double?) {
      let ratios = rows.compactMap { row -> Double? in
        guard let own = row.median(quantity, of: candidate), let other = value(row), other > 0 else {
          return nil
        }
        return own / other
      }
      guard let ratio = geometricMean(ratios) else { return }
      comparisons.append(
        Comparison(
          scope: scope, quantity: quantity, candidate: candidate, reference: reference, ratio: ratio,
          rows: ratios.count, better: ratios.filter { $0 < 1 }.count))
    }

    if results.hasSubject {
      for peer in results.peers {
        add(Candidate.subject, to: peer) { $0.median(quantity, of: peer) }
      }
    }
    for candidate in results.candidates.map(\.name) {
      add(candidate, to: Self.best) { row in results.bestPeer(of: row, quantity.rawValue)?.value }
    }
  }

  /// The mean ratio of a candidate to a reference, if both were measured.
  func ratio(_ scope: Scope, _ quantity: Quantity, of candidate: String, to reference: String) -> Comparison? {
    comparisons.first {
      $0.scope == scope && $0.quantity == quantity && $0.candidate == candidate && $0.reference == reference
    }
  }

  private mutating func measureNoise(
    _ rows: [RowResult], in scope: Scope, by quantity: Quantity, _ results: Results
  ) {
    let distances = rows.compactMap { $0.noise(quantity) }
    guard !distances.isEmpty, let most = distances.max() else { return }
    let mean = distances.reduce(0, +) / Double(distances.count)
    noise.append(Noise(scope: scope, quantity: quantity, mean: mean, most: most))
  }
}

extension RowResult {
  /// The distance between the two measurements of Quarry, in parts of the first.
  func noise(_ quantity: Quantity) -> Double? {
    noise(of: quantity.rawValue)
  }

  /// The same for a quantity or a reading by its name.
  func noise(of figure: String) -> Double? {
    guard let first = median(of: figure, of: Candidate.subject), first > 0,
      let second = median(of: figure, of: Candidate.again)
    else { return nil }
    return abs(second / first - 1)
  }
}
