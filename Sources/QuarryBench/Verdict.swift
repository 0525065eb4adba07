// Whether Quarry is where it must be: ahead of the best peer of each row in time, and of the leanest in memory, whoever
// that is in the row, the C library included.

import Measuring

/// One bar and what was measured against it.
struct Judgement: Codable {
  /// What was compared, in words.
  var subject: String
  var value: Double
  var most: Double
  /// How far the row's two measurements of Quarry lie apart: by as much the bar may be missed.
  var allowance: Double?

  var isMet: Bool { value <= most * (1 + (allowance ?? 0)) }
}

struct Verdict {
  private(set) var judgements: [Judgement] = []

  /// Of means over rows: to the best of each row, and on our own programs to the strongest peer.
  private static let means: [(quantity: Quantity, toBest: Double, toStrongest: Double)] = [
    (.processor, 1.00, 0.88), (.peak, 1.00, 0.50),
  ]
  /// Of a single row to its best peer.
  private static let rows: [(quantity: Quantity, most: Double)] = [(.processor, 1.05), (.peak, 1.15)]

  init(of results: Results) {
    guard results.hasSubject, let summary = results.summary else { return }
    for scope in [Scope.own, .programs] {
      for bar in Self.means {
        judge(summary.ratio(scope, bar.quantity, of: Candidate.subject, to: Summary.best), bar.toBest)
        if scope != .own { continue }
        judge(summary.ratio(scope, bar.quantity, of: Candidate.subject, to: Candidate.strongest), bar.toStrongest)
      }
    }
    for bar in Self.rows {
      for row in results.rows where row.set != .probes { judge(row, bar.quantity, bar.most, results) }
    }
    for row in results.rows {
      for bar in row.bars { judge(row, bar, results) }
    }
  }

  private mutating func judge(_ mean: Comparison?, _ most: Double) {
    guard let mean else { return }
    let reference = mean.reference == Summary.best ? "the best peer of each row" : mean.reference
    let subject = "\(mean.scope.rawValue), \(mean.quantity.title) to \(reference)"
    judgements.append(Judgement(subject: subject, value: mean.ratio, most: most))
  }

  /// Rows within the bar are what is expected, and not worth a line.
  private mutating func judge(_ row: RowResult, _ quantity: Quantity, _ most: Double, _ results: Results) {
    guard let own = row.median(quantity, of: Candidate.subject),
      let best = results.bestPeer(of: row, quantity.rawValue), best.value > 0
    else { return }
    let judgement = Judgement(
      subject: "\(row.name), \(quantity.title) to \(best.name)", value: own / best.value, most: most,
      allowance: row.noise(quantity))
    if judgement.value > most { judgements.append(judgement) }
  }

  private mutating func judge(_ row: RowResult, _ bar: Bar, _ results: Results) {
    guard let own = row.median(of: bar.figure, of: Candidate.subject) else { return }
    let title = Quantity(rawValue: bar.figure)?.title ?? bar.figure
    guard let reference = bar.reference else {
      judgements.append(Judgement(subject: "\(row.name), \(title)", value: own, most: bar.most))
      return
    }
    let peer =
      reference == Summary.best
      ? results.bestPeer(of: row, bar.figure)
      : row.median(of: bar.figure, of: reference).map { (name: reference, value: $0) }
    guard let peer, peer.value > 0 else { return }
    judgements.append(
      Judgement(
        subject: "\(row.name), \(title) to \(peer.name)", value: own / peer.value, most: bar.most,
        allowance: row.noise(of: bar.figure)))
  }
}
