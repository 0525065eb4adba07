// All that was measured, in the form in which it is written as JSON.

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

  init(_ row: Row) {
    name = row.name
    set = row.set
    threads = row.threads
    summary = row.summary
    command = row.command
    environment = row.environment
    settles = row.settles
    runs = [:]
  }

  /// The values of the runs that count; none if one of the runs failed, since a program that sometimes fails
  /// is not comparable.
  func values(_ quantity: Quantity, of candidate: String) -> [Double] {
    guard let all = runs[candidate], all.allSatisfy({ $0.failure == nil }) else { return [] }
    return all.compactMap(quantity.value)
  }

  func median(_ quantity: Quantity, of candidate: String) -> Double? {
    QuarryBench.median(values(quantity, of: candidate))
  }

  /// Fills in what follows from the runs.
  mutating func reckon() {
    for name in runs.keys {
      figures[name] = Quantity.allCases.compactMap { quantity in
        let values = values(quantity, of: name)
        guard let median = QuarryBench.median(values) else { return nil }
        return Figure(quantity: quantity, median: median, spread: spread(values))
      }
    }
  }

  func failure(of candidate: String) -> String? {
    runs[candidate]?.compactMap(\.failure).first
  }
}

/// The runs of one candidate in one row, reduced to what is compared: seconds, or KiB.
struct Figure: Codable {
  var quantity: Quantity
  var median: Double
  /// The distance between the most and the least, in parts of the median.
  var spread: Double?
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

  var hasSubject: Bool { candidates.contains { $0.name == Candidate.subject } }

  /// Those that Quarry is compared with.
  var peers: [String] { candidates.filter { !$0.isSubject }.map(\.name) }

  /// Those that somebody may use in place of the C library's allocator.
  var replacements: [String] { peers.filter { $0 != Candidate.baseline } }
}
