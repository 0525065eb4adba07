// SampledBlock: a live block that is a sample of the heap profile. It stands for all requests of its size (see
// CShim/include/quarry_profile_layout.h): a request is sampled with the probability 1 - e^(-size / interval), so that sums
// of the weights below are unbiased.

import Glibc

public struct SampledBlock: Sendable, Equatable {
  public var address: UInt
  /// Bytes from there that the block occupies.
  public var bytes: Int
  /// Bytes that were asked for.
  public var size: Int
  /// Where that was: a number of the table of stacks.
  public var stack: UInt32
  /// Number of the heap whose thread asked.
  public var heap: Int
  /// Of an object, the size of its class, whose slabs it would lie in if it were no sample.
  public var objectSize: Int?
  /// Of an object, the index of its cache.
  public var sizeClass: Int?

  /// Bytes that nobody asked for, but came from rounding to a class or to pages.
  public var rounding: Int { max(0, (objectSize ?? bytes) - size) }

  /// The probability with which a block of this size is sampled.
  /// - Precondition: the interval, in bytes, is positive.
  public func probability(interval: Int) -> Double { -expm1(-Double(max(size, 1)) / Double(interval)) }

  /// The number of requests that it stands for.
  public func weight(interval: Int) -> Double { 1 / probability(interval: interval) }

  /// How much that number scatters: its variance.
  func variance(interval: Int) -> Double {
    let chance = probability(interval: interval)
    return (1 - chance) / (chance * chance)
  }
}

extension Int {
  /// The nearest number to an estimate, which damaged records may make as large as they like.
  init(estimate: Double) { self = Int(Swift.min(estimate.rounded(), 0x1p62)) }
}
