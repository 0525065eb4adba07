// FrozenMemory: copies of the words of a process at one moment, those pages only that hold something.

struct FrozenMemory {
  private struct Segment {
    var start: UInt
    var words: [UInt64]
    var end: UInt { start + UInt(words.count) * 8 }
  }
  /// By address.
  private var segments: [Segment] = []

  init() {}

  /// Copies ranges that do not overlap; what cannot be read is left out.
  init(_ source: any MemorySource, _ ranges: [Range<UInt>]) throws {
    let page = source.pageSize
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let whole = (range.lowerBound & ~(page - 1))..<((range.upperBound + page - 1) & ~(page - 1))
      guard let states = try source.pageStates(whole) else {
        try copy(source, range)
        continue
      }
      var number = 0
      while number < states.count {
        let first = number
        while number < states.count, !states[number].intersection([.resident, .swapped]).isEmpty { number += 1 }
        if first < number {
          let part = (whole.lowerBound + UInt(first) * page)..<(whole.lowerBound + UInt(number) * page)
          try copy(source, part.clamped(to: range))
        }
        number += 1
      }
    }
  }

  private mutating func copy(_ source: any MemorySource, _ range: Range<UInt>) throws {
    var start = (range.lowerBound + 7) & ~7
    // Piece by piece, since a damaged core file may speak of more than there is.
    while start + 8 <= range.upperBound {
      let most = min(Int((range.upperBound - start) / 8), 8 << 20)
      let words = try [UInt64](unsafeUninitializedCapacity: most) { words, count in
        count = try source.read(start, into: UnsafeMutableRawBufferPointer(words)) / 8
      }
      if !words.isEmpty { segments.append(Segment(start: start, words: words)) }
      if words.count < most { return }
      start += UInt(words.count) * 8
    }
  }

  /// Visits the words of a range that were copied.
  func forEachWord(in range: Range<UInt>, _ visit: (UInt64) -> Void) {
    var index = segments.partition { $0.end <= range.lowerBound }
    while index < segments.count, segments[index].start < range.upperBound {
      let segment = segments[index]
      let from = segment.start >= range.lowerBound ? 0 : Int((range.lowerBound - segment.start + 7) / 8)
      let to = min(segment.words.count, Int((range.upperBound - segment.start) / 8))
      if from < to { segment.words.withUnsafeBufferPointer { for word in $0[from..<to] { visit(word) } } }
      index += 1
    }
  }

  /// Visits all words.
  func forEachWord(_ visit: (UInt64) -> Void) {
    for segment in segments { for word in segment.words { visit(word) } }
  }

  /// The word at an address, a multiple of 8.
  func word(_ address: UInt) -> UInt64? {
    let index = segments.partition { $0.end <= address }
    guard index < segments.count, segments[index].start <= address else { return nil }
    return segments[index].words[Int(address - segments[index].start) / 8]
  }
}

extension Array {
  /// The index of the first element of which `isBefore` is false.
  /// - Precondition: it is true of a prefix alone.
  func partition(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
