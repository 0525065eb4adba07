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
