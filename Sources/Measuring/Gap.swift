// Gap: a stretch of a run in which nobody looked at it, because the tool did not get a processor, or could not read.

public struct Gap: Codable, Equatable, Sendable {
  /// Seconds since the start of the run.
  public var from: Double
  public var to: Double

  public var seconds: Double { to - from }

  public init(from: Double, to: Double) {
    self.from = from
    self.to = to
  }

  /// So many times the interval may lie between two looks. A history that was thinned out has twice its interval between
  /// them at most; on a busy machine the looker wakes up late.
  private static let tolerance = 10.0

  /// The gaps between looks.
  /// - Parameters:
  ///   - times: when somebody looked, ascending, in seconds since the start.
  ///   - interval: seconds between two looks if nothing comes in between.
  ///   - start: when there was something to look at, and until when.
  public static func all(
    among times: [Double], interval: Double, start: Double = 0, end: Double
  ) -> [Gap] {
    zip([start] + times, times + [end]).compactMap { before, next in
      next - before > tolerance * interval ? Gap(from: before, to: next) : nil
    }
  }
}

extension [MemoryMoment] {
  /// The moments between one gap and the next.
  func pieces(between gaps: [Gap]) -> [ArraySlice<MemoryMoment>] {
    var pieces: [ArraySlice<MemoryMoment>] = []
    var start = startIndex
    for place in indices.dropFirst() {
      let (before, next) = (self[place - 1].seconds, self[place].seconds)
      if gaps.contains(where: { $0.from < next && $0.to > before }) {
        pieces.append(self[start..<place])
        start = place
      }
    }
    return pieces + (isEmpty ? [] : [self[start...]])
  }
}
