import CShim
import Glibc
import Platform
import TestSupport
import Units

@testable import Pages

/// A zone of the test's own, with its own window and tables: several may be up in one process.
final class TestZone {
  let zone: Zone

  /// A zone that did not boot yet.
  init() {
    let record = UnsafeMutablePointer<quarry_zone>.allocate(capacity: 1)
    record.initialize(to: quarry_zone())
    zone = Zone(record)
  }

  deinit {
    unmap()
    zone.record.deallocate()
  }

  /// A zone that is up and opens its window address by address.
  static func booted() throws -> TestZone {
    let new = TestZone()
    try check(new.zone.boot(), "the zone does not boot")
    return new
  }

  /// A zone in a range of `bytes` that was reserved ahead: what is left where no window can be had.
  static func reserved(bytes: Int) throws -> TestZone {
    let new = TestZone()
    defer { Faults.clear() }
    // Each of the four windows is tried with a pageblock and with the least that will do, and then ranges of 64 GiB
    // and quarters of that.
    Faults.fail(.open, times: 8)
    Faults.fail(.reserve, times: (64 << 30 / bytes).trailingZeroBitCount / 2)
    try check(new.zone.boot(), "the zone does not boot in a reserved range")
    try check(new.zone.record.pointee.reserved == 1, "the zone is not in a reserved range")
    return new
  }

  private func unmap() {
    guard let pageMap = zone.record.pointee.page_map else { return }
    let record = zone.record
    if record.pointee.reserved != 0 {
      let start = UInt(bitPattern: pageMap)
      System.unmap(start, bytes: zone.base + UInt(record.pointee.window) - start)
      return
    }
    let tables = [
      UInt(bitPattern: pageMap), UInt(bitPattern: record.pointee.frames),
      record.pointee.gigablocks,
    ]
    let opened = quarry_zone_opened(record)
    for (number, table) in tables.enumerated() where opened[number] > 0 {
      System.unmap(table, bytes: UInt(opened[number]))
    }
    if zone.extent > 0 { System.unmap(zone.base, bytes: zone.extent) }
  }

  // MARK: Contents

  /// Fills pages with a byte.
  func scribble(_ pages: Range<Int>) {
    if pages.isEmpty { return }
    memset(pointer(pages.lowerBound), 0xa5, pages.count << Page.shift)
  }

  /// The first page that differs from zero.
  func firstNonzero(_ pages: Range<Int>) -> Int? {
    pages.first { memcmp(pointer($0), zeroPage.baseAddress!, Page.size) != 0 }
  }

  private func pointer(_ page: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: zone.address(PageIndex(page)))!
  }
}

nonisolated(unsafe) private let zeroPage: UnsafeRawBufferPointer = {
  let page = UnsafeMutableRawBufferPointer.allocate(byteCount: Page.size, alignment: Page.size)
  page.initializeMemory(as: UInt8.self, repeating: 0)
  return UnsafeRawBufferPointer(page)
}()
