// TableCopies: the tables to which a heap's records lead, copied as they are found.

import CInspection

struct TableCopies {
  private let source: any MemorySource
  /// Pages of the zone, which the tables are of.
  private let pages: Int
  var coverage: RenewedCoverage
  private(set) var copies: [RemoteCopy] = []
  /// Where each table lies in the process.
  private(set) var tables: [Metadata] = []

  /// - Parameter earlier: what was mapped when the tables were copied before.
  init(_ source: any MemorySource, pages: Int, from earlier: Coverage?) throws {
    self.source = source
    self.pages = pages
    coverage = try RenewedCoverage(source, from: earlier)
  }

  /// Copies the start of a table.
  /// - Parameter opened: bytes of the table that the process may use.
  /// - Throws: `InspectionError.damaged` when it is not as long, or not mapped.
  mutating func copy(_ name: String, _ address: UInt, _ bytes: UInt, opened: UInt64) throws -> RemoteCopy {
    guard UInt64(bytes) <= opened, try coverage.contains(address, bytes: UInt(opened)),
      let copy = try RemoteCopy(source, address, bytes)
    else {
      throw InspectionError.damaged(
        source.name, "its \(name) at \(Hexadecimal(address)) is not open for \(pages) pages")
    }
    copies.append(copy)
    tables.append(Metadata(name: name, range: address..<(address + UInt(opened))))
    return copy
  }

  /// Notes where a table lies that is read elsewhere, if it is mapped.
  mutating func note(_ name: String, _ range: Range<UInt>?) throws {
    guard let range, try coverage.contains(range.lowerBound, bytes: UInt(range.count)) else { return }
    tables.append(Metadata(name: name, range: range))
  }
}
