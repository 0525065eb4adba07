// SampleInterval: how far samples lie apart, and what each stands for.
//
// Samples are the points of a Poisson process on the line of all bytes that the program ever asks for: a request of `size`
// bytes is one with the probability 1 - exp(-size / mean), whatever came before, so that no pattern of requests can hide
// from it. (Of one that holds several points one sample is taken.)
import CShim
import Units

public struct SampleInterval {
  /// Bytes between two points; 0 when nothing is sampled.
  public let mean: UInt64

  @inline(__always) public init(mean: UInt64) { self.mean = mean }

  /// The one of the process: an option.
  @inline(__always) public static var shared: SampleInterval {
    SampleInterval(mean: quarry_registry_record().pointee.sample_interval)
  }

  /// Bytes up to the next point, exponentially distributed.
  /// - Parameter state: of the random numbers, different in each thread.
  public func draw(_ state: inout UInt64) -> Int64 {
    // A number in (0, 1], and minus its logarithm.
    let random = Double((SplitMix.next(&state) &>> 11) &+ 1) * 0x1p-53
    return Int64(-Self.logarithm(random) * Double(mean))
  }

  /// Requests that a sampled one of `size` bytes stands for, in units of 1 / (1 << QUARRY_WEIGHT_SHIFT): one divided by the
  /// probability that it was sampled.
  /// - Precondition: `size` is above 0, and so is the mean.
  public func weight(_ size: UInt64) -> UInt64 {
    UInt64(Self.inverseProbability(Double(size) / Double(mean)) * Double(1 << QUARRY_WEIGHT_SHIFT) + 0.5)
  }

  // MARK: Arithmetic, since libm is not ours to need

  /// 1 / (1 - exp(-x)) for x above 0.
  static func inverseProbability(_ x: Double) -> Double {
    // Beyond 64 the difference from 1 is below what a weight can say.
    if x > 64 { return 1 }
    // The Laurent series is exact to 1e-9 up to 1/2; beyond, 1 - exp(-2x) = (1 - exp(-x)) (2 - (1 - exp(-x))).
    if x > 0.5 {
      let half = 1 / inverseProbability(x / 2)
      return 1 / (half * (2 - half))
    }
    let square = x * x
    return 1 / x + 0.5 + x / 12 * (1 - square / 60 * (1 - square / 42))
  }

  /// The natural logarithm of x above 0.
  static func logarithm(_ x: Double) -> Double {
    // x = 2^exponent m with m from 1 to 2, and ln m = 2 artanh z = 2 (z + z^3 / 3 + z^5 / 5 + ...), exact to 1.1e-9.
    let exponent = Int(x.bitPattern &>> 52) &- 1023
    let mantissa = Double(bitPattern: x.bitPattern & (1 &<< 52 &- 1) | 1023 &<< 52)
    let z = (mantissa - 1) / (mantissa + 1)
    let square = z * z
    var series = 1.0 / 15
    series = series * square + 1.0 / 13
    series = series * square + 1.0 / 11
    series = series * square + 1.0 / 9
    series = series * square + 1.0 / 7
    series = series * square + 1.0 / 5
    series = series * square + 1.0 / 3
    return Double(exponent) * 0.693_147_180_559_945_3 + 2 * z * (series * square + 1)
  }
}
