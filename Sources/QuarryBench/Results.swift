// All that was measured, in the form in which it is written as JSON.

import Measuring

/// One row with all runs of all candidates.
struct RowResult: Codable {
  var name: String
  var set: RowSet
  var threads: Int
  var summary: String
  var command: [String]
  var environment: [String: String]
  var settles: Bool
  /// Runs by the candidate's name.
  var runs: [String: [Measurement]]
  /// What the runs of each candidate come to, by its name.
  var figures: [String: [Figure]] = [:]
  var bars: [Bar]

  init(_ row: Row) {
    name = row.name
    set = row.set
    threads = row.threads
    summary = row.summary
    command = row.command
    environment = row.environment
    settles = row.settles
    bars = row.bars
    runs = [:]
  }

  /// The values of the runs that count; none if one of the runs failed, since a program that sometimes fails
  /// is not comparable.
  func values(_ quantity: Quantity, of candidate: String) -> [Double] {
    guard let all = runs[candidate], all.allSatisfy({ $0.failure == nil }) else { return [] }
    return all.compactMap(quantity.value)
  }

  func median(_ quantity: Quantity, of candidate: String) -> Double? {
    Measuring.median(values(quantity, of: candidate))
  }

  /// The readings that the programs gave, in the order of their names, with their units.
  var readings: [(name: String, unit: String)] {
    var units: [String: String] = [:]
    for (name, reading) in runs.values.joined().flatMap(\.readings) { units[name] = reading.unit }
    return units.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
      .map { (name: $0.key, unit: $0.value) }
  }

  /// The values of a quantity or a reading by its name, of the runs that count.
  func values(of figure: String, of candidate: String) -> [Double] {
    if let quantity = Quantity(rawValue: figure) { return values(quantity, of: candidate) }
    guard let all = runs[candidate], failure(of: candidate) == nil else { return [] }
    return all.compactMap { $0.readings[figure]?.value }
  }

  func median(of figure: String, of candidate: String) -> Double? {
    Measuring.median(values(of: figure, of: candidate))
  }

  /// Fills in what follows from the runs.
  mutating func reckon() {
    for name in runs.keys {
      let all = Quantity.allCases.map(\.rawValue) + readings.map(\.name)
      figures[name] = all.compactMap { Figure($0, values(of: $0, of: name)) }
    }
  }

  /// How often all candidates were measured.
  var rounds: Int { runs.values.map(\.count).min() ?? 0 }

  func failure(of candidate: String) -> String? {
    runs[candidate]?.compactMap(\.failure).first
  }
}

/// The runs of one candidate in one row, reduced to what is compared: seconds, or KiB, or a reading in its own unit.
struct Figure: Codable {
  /// A quantity, or the name of a reading.
  var name: String
  var median: Double
  /// The distance between the most and the least, in parts of the median.
  var spread: Double?

  init?(_ name: String, _ values: [Double]) {
    guard let middle = Measuring.median(values) else { return nil }
    self.name = name
    median = middle
    spread = Measuring.spread(values)
  }
}

/// What is compared.
enum Quantity: String, Codable, CaseIterable {
  case processor
  case wall
  case peak
  case mean
  case last

  var value: (Measurement) -> Double? {
    switch self {
    case .processor: { $0.processor }
    case .wall: { $0.wall }
    case .peak: { Double($0.peakKiB) }
    case .mean: { $0.meanKiB.map(Double.init) }
    case .last: { $0.lastKiB.map(Double.init) }
    }
  }

  var title: String {
    switch self {
    case .processor: "processor time"
    case .wall: "wall time"
    case .peak: "peak memory"
    case .mean: "mean memory"
    case .last: "memory at the end"
    }
  }
}

struct Results: Codable {
  var date: String
  var commit: String
  var machine: Machine
  var loadBefore: Double
  var rounds: Int
  /// Options for Quarry from the caller's environment.
  var options: [String: String]
  var candidates: [Candidate]
  var rows: [RowResult]
  var skippedCandidates: [SkippedRow]
  var skippedRows: [SkippedRow]
  var summary: Summary?
  var verdict: [Judgement] = []

  var hasSubject: Bool { candidates.contains { $0.name == Candidate.subject } }

  /// Those that Quarry is compared with, the C library's allocator among them.
  var peers: [String] { candidates.filter { !$0.isSubject }.map(\.name) }

  /// The peer that is best in a quantity or a reading.
  func bestPeer(of row: RowResult, _ figure: String) -> (name: String, value: Double)? {
    let isMoreBetter = row.readings.contains { $0.name == figure && Reading.isMoreBetter($0.unit) }
    return peers.compactMap { name in row.median(of: figure, of: name).map { (name: name, value: $0) } }
      .min { isMoreBetter ? $0.value > $1.value : $0.value < $1.value }
  }
}
