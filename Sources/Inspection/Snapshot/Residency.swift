// Residency: which pages of a heap are in memory, range by range.

public struct Residency: Sendable {
  public private(set) var parts: [(range: Range<UInt>, states: [PageState])] = []
  /// Bytes of a page of the system.
  public let pageSize: UInt

  public init(pageSize: UInt) { self.pageSize = pageSize }

  /// Adds the states of a range that begins at a page. Ranges come in any order and do not overlap.
  public mutating func add(_ range: Range<UInt>, _ states: [PageState]) {
    let place = parts.firstIndex { $0.range.lowerBound > range.lowerBound } ?? parts.count
    parts.insert((range, states), at: place)
  }

  /// The state of the page that holds an address; nothing where it is not known.
  /// - Complexity: O(log n) in the number of ranges.
  public func state(of address: UInt) -> PageState {
    guard let part = part(holding: address) else { return [] }
    return part.states[Int((address - part.range.lowerBound) / pageSize)]
  }

  /// Resident bytes in a range.
  public func residentBytes(_ range: Range<UInt>) -> Int {
    var bytes: UInt = 0
    var address = range.lowerBound
    while address < range.upperBound {
      let end = min((address & ~(pageSize - 1)) + pageSize, range.upperBound)
      if state(of: address).contains(.resident) { bytes += end - address }
      address = end
    }
    return Int(bytes)
  }

  private func part(holding address: UInt) -> (range: Range<UInt>, states: [PageState])? {
    var low = 0
    var high = parts.count
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].range.upperBound <= address { low = middle + 1 } else { high = middle }
    }
    guard low < parts.count, parts[low].range.contains(address) else { return nil }
    return parts[low]
  }
}
