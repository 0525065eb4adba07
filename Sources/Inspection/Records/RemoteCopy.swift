// RemoteCopy: a range of another process's memory, copied here. What was never touched there is neither read nor mapped.

import Glibc

final class RemoteCopy {
  let bytes: UnsafeMutableRawBufferPointer

  /// - Parameter room: bytes of memory here, zeroed behind the copy; as many as are copied if those are more.
  /// - Returns: nil when the range is not mapped from end to end.
  init?(_ source: some MemorySource, _ address: UInt, _ count: UInt, room: UInt = 64) throws {
    guard count <= UInt(Int.max), address <= UInt.max - count - source.pageSize else { return nil }
    // calloc, since most of a large table is never touched here either.
    guard let memory = calloc(1, Int(max(count, room))) else { return nil }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: Int(count))
    let page = source.pageSize
    let start = address & ~(page - 1)
    let end = (address + count + page - 1) & ~(page - 1)
    guard let states = try source.pageStates(start..<end) else {
      guard try source.read(address, into: bytes) == bytes.count else { return nil }
      return
    }
    var number = 0
    while number < states.count {
      guard !states[number].intersection([.resident, .swapped]).isEmpty else {
        number += 1
        continue
      }
      let first = number
      while number < states.count, !states[number].intersection([.resident, .swapped]).isEmpty { number += 1 }
      let from = max(start + UInt(first) * page, address)
      let to = min(start + UInt(number) * page, address + count)
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[Int(from - address)..<Int(to - address)])
      guard try source.read(from, into: part) == part.count else { return nil }
    }
  }

  deinit { free(bytes.baseAddress) }

  func pointer<Record>(to type: Record.Type) -> UnsafeMutablePointer<Record> {
    bytes.baseAddress!.assumingMemoryBound(to: type)
  }
}

/// Pages of the zone, each read once: chains of free objects stay within few of them.
final class PageCache {
  private let source: any MemorySource
  private let base: UInt
  private var pages: [UInt64: [UInt64]] = [:]
  private static let words = 1 << (12 - 3)

  init(_ source: any MemorySource, base: UInt) {
    self.source = source
    self.base = base
  }

  /// The word at an offset of the zone, a multiple of 8; nil where it cannot be read.
  func word(_ offset: UInt64) throws -> UInt64? {
    let number = offset >> 12
    if let page = pages[number] { return page.isEmpty ? nil : page[Int(offset >> 3) & (Self.words - 1)] }
    var page = [UInt64](repeating: 0, count: Self.words)
    let count = try page.withUnsafeMutableBytes { try source.read(base + UInt(number << 12), into: $0) }
    if count < Self.words * 8 { page = [] }
    pages[number] = page
    return page.isEmpty ? nil : page[Int(offset >> 3) & (Self.words - 1)]
  }
}
