// Comparison: one command under several allocators, some rounds each: what `quarry compare` prints, as JSON and as text.

import Inspection
import Measuring

public struct Comparison: Codable, Sendable {
  public struct Run: Codable, Sendable {
    /// From start to end; of a server, from the first to the last moment of its load.
    public var seconds: Double
    /// From start to end, of a server also before its load: what memory is told of.
    public var life: Double
    /// User and system time.
    public var processorSeconds: Double
    /// Resident bytes.
    public var peak: Int
    public var mean: Double?
    public var last: Int
    public var faults: Int
    /// Seconds over which nobody looked at its memory, so that the mean and the last are what they were before.
    public var unseen: Double
    /// Why it does not count, if it does not.
    public var failure: String?

    public init(
      seconds: Double, life: Double? = nil, processorSeconds: Double, peak: Int, mean: Double?, last: Int, faults: Int,
      unseen: Double = 0, failure: String?
    ) {
      self.seconds = seconds
      self.life = life ?? seconds
      self.processorSeconds = processorSeconds
      self.peak = peak
      self.mean = mean
      self.last = last
      self.faults = faults
      self.unseen = unseen
      self.failure = failure
    }
  }

  public struct Allocator: Codable, Sendable {
    public var name: String
    /// What is preloaded; nil for the C library's own.
    public var library: String?
    public var runs: [Run] = []
    /// Resident bytes over the first run that counts.
    public var curve: [MemoryMoment] = []
    /// Where the curve is not known.
    public var gaps: [Gap] = []

    public init(name: String, library: String?) {
      self.name = name
      self.library = library
    }

    var counted: [Run] { runs.filter { $0.failure == nil } }
  }

  public var command: [String]
  public var load: String?
  public var allocators: [Allocator]

  public init(command: [String], load: String?, allocators: [Allocator]) {
    self.command = command
    self.load = load
    self.allocators = allocators
  }

  /// What ratios refer to: the C library's allocator, or whoever comes first without it.
  public var reference: Allocator { allocators.first { $0.name == "glibc" } ?? allocators[0] }

  public var failures: [String] {
    allocators.flatMap { allocator in
      allocator.runs.enumerated().compactMap { round, run in
        run.failure.map { "round \(round + 1) under \(allocator.name): \($0)" }
      }
    }
  }

  /// What is not as certain as the rest: runs that count, and were not looked at for more than a twentieth of their time.
  public var doubts: [String] {
    allocators.flatMap { allocator in
      allocator.runs.enumerated().filter { $1.failure == nil && $1.unseen > $1.life / 20 }.map { round, run in
        "nobody looked for \(number(run.unseen, 2)) of \(number(run.life, 2)) s in round \(round + 1) under "
          + "\(allocator.name): mean and final memory may be off"
      }
    }
  }

  public func json() throws -> String { try JSON.text(self) }
}

/// A quantity of which less is better.
enum Quantity: String, CaseIterable {
  case time, processor, peak, mean, last, faults

  var title: String { self == .last ? "final" : rawValue }

  func value(_ run: Comparison.Run) -> Double? {
    switch self {
    case .time: run.seconds
    case .processor: run.processorSeconds
    case .peak: Double(run.peak)
    case .mean: run.mean
    case .last: Double(run.last)
    case .faults: Double(run.faults)
    }
  }

  func text(_ value: Double) -> String {
    switch self {
    case .time, .processor: "\(number(value, 3)) s"
    case .peak, .mean, .last: "\(Size(Int(value)))"
    case .faults: number(value, 0)
    }
  }
}

/// One cell of the table: a quantity of one allocator over its rounds.
struct Cell {
  let median: Double
  /// The median as a multiple of the reference's; nil where that is 0.
  let ratio: Double?
  /// From the least to the most, in parts of the median; nil with one round.
  let spread: Double?

  init?(_ quantity: Quantity, _ allocator: Comparison.Allocator, reference: Comparison.Allocator) {
    let values = allocator.counted.compactMap(quantity.value)
    guard let median = Measuring.median(values) else { return nil }
    self.median = median
    let unit = Measuring.median(reference.counted.compactMap(quantity.value)) ?? 0
    ratio = unit > 0 ? median / unit : nil
    spread = Measuring.spread(values)
  }
}
