// SlabBytes: the content of slabs. A system call for each would take longer than all else.

/// The content of slabs, read many at a time where they lie side by side.
final class SlabBytes {
  private let source: any MemorySource
  private let base: UInt
  private let buffer: UnsafeMutableRawBufferPointer
  /// Where the bytes lie in the zone that the buffer holds.
  private var held = 0..<0

  init(_ source: any MemorySource, base: UInt) {
    self.source = source
    self.base = base
    buffer = .allocate(byteCount: 2 << 20, alignment: 4096)
  }

  deinit { buffer.deallocate() }

  /// Gives what was carved of a slab, as far as it can be read.
  func withWords<Result>(
    of slabs: [Slab], _ index: Int, _ sizes: [Int], _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let start = slabs[index].page << 12
    let wanted = start..<(start + slabs[index].end * sizes[slabs[index].sizeClass])
    if !held.contains(start) || held.upperBound < wanted.upperBound { try read(slabs, index, wanted) }
    let end = max(start, min(held.upperBound, wanted.upperBound))
    return try body(UnsafeRawBufferPointer(rebasing: buffer[(start - held.lowerBound)..<(end - held.lowerBound)]))
  }

  /// Reads a slab, and those behind it as long as they were used to their ends: pages that were not are left alone.
  private func read(_ slabs: [Slab], _ index: Int, _ wanted: Range<Int>) throws {
    var end = wanted.upperBound
    var next = index
    while slabs[next].carved == slabs[next].capacity {
      end = (slabs[next].page + slabs[next].pages) << 12
      next += 1
      guard next < slabs.count, slabs[next].page << 12 == end,
        slabs[next].carved == slabs[next].capacity,
        (slabs[next].page + slabs[next].pages) << 12 - wanted.lowerBound <= buffer.count
      else { break }
    }
    let count = min(buffer.count, end - wanted.lowerBound)
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    held = wanted.lowerBound..<(wanted.lowerBound + (try source.read(base + UInt(wanted.lowerBound), into: part)))
  }
}
