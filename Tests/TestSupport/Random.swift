// Random: what model-based tests draw their steps from. The seed is fixed, so that a failure comes again, and is
// part of the failure's message.

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
public struct Random {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 to `limit`, which is not included.
  public mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % limit }

  public mutating func `in`(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// True once in `odds` times.
  public mutating func once(in odds: Int) -> Bool { below(odds) == 0 }

  /// A number from 1 to `limit` of which each doubling is equally likely: small ones are as interesting as large ones.
  public mutating func spread(to limit: Int) -> Int {
    let bits = Int.bitWidth - limit.leadingZeroBitCount
    return min(limit, (1 << below(bits)) + below(1 << below(bits)))
  }
}

/// Throws a failure with `message` unless `condition` holds: for the inner loops of model-based tests, which would
/// spend most of their time in `#expect`, and whose first failure makes all that follows meaningless.
public func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw Failure(message()) }
}

/// Draws `count` steps from a seed; a failure says in which step of which seed it came.
public func takeSteps(
  _ count: Int, seed: UInt64, _ step: (inout Random) throws -> Void
) throws {
  var random = Random(seed: seed)
  for number in 0..<count {
    do { try step(&random) } catch { throw Failure("seed \(seed), step \(number): \(error)") }
  }
}
