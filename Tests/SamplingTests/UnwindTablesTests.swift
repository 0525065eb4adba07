import CShim
import TestSupport
import Testing

@testable import Sampling

@Suite("Finding and keeping rows")
struct UnwindTablesTests {
  /// An index of functions at distances from itself.
  private func search(_ functions: [Int32], for distance: Int, count: UInt32? = nil) throws -> Int? {
    let tables = try HandMadeTables()
    tables.replace([1, 0x1b, 0x03, 0x3b])
    tables.add(u32: 0)
    tables.add(u32: count ?? UInt32(functions.count))
    for (number, function) in functions.enumerated() {
      tables.add(u32: UInt32(bitPattern: function))
      tables.add(u32: UInt32(100 + number))
    }
    tables.place()
    let object = quarry_object(start: tables.start, end: tables.end, unwind_index: tables.start)
    let place = UInt(bitPattern: Int(bitPattern: tables.start) + distance)
    return UnwindTables.search(tables.start, for: place, object).map { Int($0 - tables.start) - 100 }
  }

  @Test func theLastFunctionBeforeAPlaceIsFound() throws {
    let functions: [Int32] = [-5000, -4000, -10, 20, 3000]
    for (number, function) in functions.enumerated() {
      #expect(try search(functions, for: Int(function)) == number)
      #expect(try search(functions, for: Int(function) + 5) == number)
    }
    #expect(try search(functions, for: -5001) == nil)
    #expect(try search([7], for: 7) == 0)
    #expect(try search([], for: 7) == nil)
    #expect(try search([7], for: 7, count: 1000) == nil)
  }

  /// A place is looked for once, and the next time is there.
  @Test func rowsAreKept() throws {
    let table = try #require(StackTable.make())
    defer { table.unmap() }
    let tables = UnwindTables(keepingRowsIn: table)
    // Of no code, so that its row is the frame pointer's; two that share a word.
    let places: [UInt] = [0x7ffe_1234_5678, 0x7ffe_1234_5678 + UInt(QUARRY_UNWIND_ROWS)]
    for place in places {
      #expect(tables.keptRow(for: place) == nil)
      #expect(tables.row(for: place, canAsk: true) == .frame)
      #expect(tables.keptRow(for: place) == .frame)
    }
    #expect(tables.keptRow(for: places[0]) == nil)
    // Not one that a program can have.
    _ = tables.row(for: 0x8000_1234_5678, canAsk: true)
    #expect(tables.keptRow(for: 0x8000_1234_5678) == nil)
  }

  /// While nobody can be asked for tables, a row is a guess, and is not kept.
  @Test func guessesAreNotKept() throws {
    let table = try #require(StackTable.make())
    defer { table.unmap() }
    let tables = UnwindTables(keepingRowsIn: table)
    #expect(tables.row(for: 0x7ffe_1234_5678, canAsk: false) == .frame)
    #expect(tables.keptRow(for: 0x7ffe_1234_5678) == nil)
  }
}
