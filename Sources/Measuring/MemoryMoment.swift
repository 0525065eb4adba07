// MemoryMoment: resident memory over time, as a curve.

/// What a process had resident at one moment.
public struct MemoryMoment: Codable, Equatable, Sendable {
  /// Since the start.
  public var seconds: Double
  public var bytes: Int

  public init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
  }
}

/// The mean over time: each moment holds until the next; nil without two moments.
public func meanOverTime(_ moments: [MemoryMoment]) -> Double? {
  guard let first = moments.first, let last = moments.last, last.seconds > first.seconds else { return nil }
  let area = zip(moments, moments.dropFirst()).reduce(0) { $0 + Double($1.0.bytes) * ($1.1.seconds - $1.0.seconds) }
  return area / (last.seconds - first.seconds)
}
