// Rounding: how many bytes of the live blocks nobody asked for, estimated from the samples of the heap profile, each of
// which tells what was asked for. The estimator is Horvitz and Thompson's ("A generalization of sampling without
// replacement from a finite universe", 1952), with its variance for independent draws.

public struct Rounding: Encodable, Sendable, Equatable {
  /// Bytes lost by rounding to size classes and pages.
  public var bytes: Int
  /// The true value is within so many bytes of that, with a probability of 95 %.
  public var error: Int
  /// Live samples from which this was estimated.
  public var samples: Int

  /// Of fewer samples, the variance itself could not be trusted.
  static let fewestSamples = 20

  /// - Returns: nil when there are too few samples to tell.
  init?(_ snapshot: Snapshot) {
    guard snapshot.sampleInterval > 0, snapshot.samples.count >= Self.fewestSamples else { return nil }
    var (sum, variance) = (0.0, 0.0)
    for sample in snapshot.samples {
      let rounding = Double(snapshot.residentRounding(sample))
      sum += rounding * sample.weight(interval: snapshot.sampleInterval)
      variance += rounding * rounding * sample.variance(interval: snapshot.sampleInterval)
    }
    bytes = Int(estimate: sum)
    error = Int(estimate: 1.96 * variance.squareRoot())
    samples = snapshot.samples.count
  }
}

extension Snapshot {
  /// What rounding a sample has, without the end of a block of pages that was never touched.
  fileprivate func residentRounding(_ sample: SampledBlock) -> Int {
    guard sample.objectSize == nil, let residency else { return sample.rounding }
    return residency.residentBytes((sample.address + UInt(sample.size))..<(sample.address + UInt(sample.bytes)))
  }

  /// Bytes that sampled objects occupy beyond what they would in a slab.
  func roomAround(_ sample: SampledBlock) -> Range<UInt> {
    let end = sample.address + UInt(sample.bytes)
    return (sample.objectSize.map { min(end, sample.address + UInt($0)) } ?? end)..<end
  }
}
