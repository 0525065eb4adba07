// Coverage: which addresses of a process are mapped, whatever the single mappings are.

struct Coverage {
  private var ranges: [Range<UInt>] = []

  /// - Parameter mappings: by address.
  init(_ mappings: [Mapping]) {
    for mapping in mappings where mapping.isReadable && !mapping.range.isEmpty {
      if let last = ranges.last, last.upperBound == mapping.range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<mapping.range.upperBound
      } else {
        ranges.append(mapping.range)
      }
    }
  }

  /// Whether all of a range is mapped.
  /// - Complexity: O(log n) in the number of ranges.
  func contains(_ address: UInt, bytes: UInt) -> Bool {
    if bytes == 0 { return true }
    guard let range = ranges.last(atOrBelow: address, \.lowerBound), range.contains(address) else { return false }
    return bytes <= range.upperBound - address
  }
}

/// The coverage of a process at work: before something counts as not mapped, the mappings are asked for again, once.
struct RenewedCoverage {
  private(set) var latest: Coverage
  private var isRecent: Bool
  private let source: any MemorySource

  /// - Parameter earlier: what was mapped before; nil to ask now.
  init(_ source: any MemorySource, from earlier: Coverage?) throws {
    self.source = source
    isRecent = earlier == nil
    latest = try earlier ?? Coverage(source.mappings())
  }

  /// Whether all of a range is mapped.
  mutating func contains(_ address: UInt, bytes: UInt) throws -> Bool {
    if latest.contains(address, bytes: bytes) { return true }
    if isRecent { return false }
    latest = Coverage(try source.mappings())
    isRecent = true
    return latest.contains(address, bytes: bytes)
  }
}
