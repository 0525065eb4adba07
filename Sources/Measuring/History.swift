// History: what was seen over a run of any length, in bounded memory. When it is full, the smaller one of each two
// neighbours goes, so that no peak is lost, and looks become half as frequent.

public struct History<Moment> {
  /// In the order of time; at most `capacity`.
  public private(set) var moments: [Moment] = []
  /// Seconds from one look to the next.
  public private(set) var interval: Double
  private let capacity: Int
  private let size: (Moment) -> Int

  /// - Parameters:
  ///   - capacity: how many moments are kept, at least 4.
  ///   - interval: seconds between looks in the beginning.
  ///   - size: what a moment counts when one of two has to go.
  public init(capacity: Int, interval: Double, size: @escaping (Moment) -> Int) {
    self.capacity = capacity
    self.interval = interval
    self.size = size
  }

  public mutating func add(_ moment: Moment) {
    moments.append(moment)
    if moments.count > capacity { thin() }
  }

  /// The first moment and the last one stay.
  private mutating func thin() {
    let inner = moments[1..<(moments.count - 1)]
    var kept = [moments[0]]
    for first in stride(from: inner.startIndex, to: inner.endIndex, by: 2) {
      let second = min(first + 1, inner.endIndex - 1)
      kept.append(size(inner[first]) > size(inner[second]) ? inner[first] : inner[second])
    }
    moments = kept + [moments[moments.count - 1]]
    interval *= 2
  }
}
