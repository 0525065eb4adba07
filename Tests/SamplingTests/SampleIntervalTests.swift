import CShim
import Glibc
import TestSupport
import Testing

@testable import Sampling

@Suite("Distances between samples, and their weights")
struct SampleIntervalTests {
  @Test func theLogarithmIsLibms() {
    var random = Random(seed: 1)
    for exponent in -53...0 {
      for _ in 0..<100 {
        let x = ldexp(1 + Double(random.below(1 << 30)) / Double(1 << 30), Int32(exponent))
        #expect(abs(SampleInterval.logarithm(x) - log(x)) <= 1.1e-9 * max(1, abs(log(x))), "of \(x)")
      }
    }
  }

  @Test func theInverseProbabilityIsLibms() {
    for x in [1e-12, 1e-6, 0.001, 0.1, 0.4999, 0.5, 0.5001, 1, 1.5, 3, 10, 30, 63, 64, 65, 1000, 1e12] {
      let expected = -1 / expm1(-x)
      #expect(abs(SampleInterval.inverseProbability(x) / expected - 1) < 1e-8, "of \(x)")
    }
  }

  @Test func whatIsLargeStandsForItself() {
    #expect(SampleInterval(mean: 1).weight(1000) == 1 << UInt64(QUARRY_WEIGHT_SHIFT))
    #expect(SampleInterval(mean: 1 << 19).weight(1 << 40) == 1 << UInt64(QUARRY_WEIGHT_SHIFT))
  }

  /// Mean and median of the exponential distribution.
  @Test func distancesAreExponential() {
    for mean: UInt64 in [1, 4096, 512 << 10, 1 << 40] {
      var state: UInt64 = 7
      let count = 100_000
      let distances = (0..<count).map { _ in Double(SampleInterval(mean: mean).draw(&state)) }.sorted()
      #expect(distances.allSatisfy { $0 >= 0 })
      if mean > 1 {
        // Whole numbers of bytes; the standard error of the mean is 1/316 of it.
        #expect(abs(distances.reduce(0, +) / Double(count) / Double(mean) - 1) < 0.015, "mean \(mean)")
        #expect(abs(distances[count / 2] / (Double(mean) * log(2)) - 1) < 0.02, "mean \(mean)")
      }
    }
  }

  /// The weights of the sampled ones add up to all requests and all of their bytes, whatever the pattern.
  @Test(arguments: [1, 24, 1000, 4096, 100_000, 3_000_000])
  func sumsAreUnbiased(_ size: Int) {
    let interval = SampleInterval(mean: 4096)
    var state = UInt64(size)
    var countdown = interval.draw(&state)
    let count = 2_000_000
    var samples = 0
    for _ in 0..<count {
      countdown -= Int64(size)
      if countdown < 0 {
        samples += 1
        countdown = interval.draw(&state)
      }
    }
    let estimate = Double(samples) * Double(interval.weight(UInt64(size))) / Double(1 << QUARRY_WEIGHT_SHIFT)
    let p = -expm1(-Double(size) / 4096)
    // Five standard deviations of the binomial distribution.
    #expect(abs(estimate - Double(count)) <= 5 * sqrt(Double(count) * (1 - p) / p) + 1)
  }
}
