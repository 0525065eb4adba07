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
    var tables = UnwindTables(keepingRowsIn: table)
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
    var tables = UnwindTables(keepingRowsIn: table)
    #expect(tables.row(for: 0x7ffe_1234_5678, canAsk: false) == .frame)
    #expect(tables.keptRow(for: 0x7ffe_1234_5678) == nil)
  }

  private typealias Part = (type: UInt32, flags: UInt32, from: UInt64, bytes: UInt64)

  /// Where tables that nobody can have written to end, in an object whose file has 4096 bytes and these parts.
  private func end(_ parts: [Part], tag: UInt64 = 0) throws -> Int {
    let file = try HandMadeTables()
    file.replace([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 24))
    file.add(u64: 64)
    file.add(u64: 0)
    file.add(u64: UInt64(56) << 48)
    file.add(u64: UInt64(parts.count))
    for part in parts {
      file.add(u32: part.type)
      file.add(u32: part.flags)
      for word in [part.from, part.from, 0, part.bytes, part.bytes, 4096] { file.add(u64: word) }
    }
    // The dynamic section is at 1024, the index at 2048.
    file.replace(file.bytes + [UInt8](repeating: 0, count: 1024 - file.bytes.count))
    for word in [tag, tag == 30 ? 4 : 0, 0, 0] { file.add(u64: word) }
    file.replace(file.bytes + [UInt8](repeating: 0, count: 4096 - file.bytes.count))
    file.place()
    var object = quarry_object(start: file.start, end: file.end, unwind_index: file.start + 2048)
    let end = quarry_unwind_end(&object)
    return end == 0 ? 0 : Int(end - file.start)
  }

  /// Only what is as in the file is taken out of memory.
  @Test func tablesEndWithTheirSegment() throws {
    let (load, dynamic): (UInt32, UInt32) = (1, 2)
    let (readable, executable, writable): (UInt32, UInt32, UInt32) = (4, 5, 6)
    #expect(try end([(load, readable, 0, 4096)]) == 4096)
    #expect(try end([(load, executable, 0, 1024), (load, readable, 2048, 100), (load, writable, 3072, 1024)]) == 2148)
    #expect(try end([(load, executable, 0, 4096)]) == 0)
    #expect(try end([(load, writable, 0, 4096)]) == 0)
    #expect(try end([(load, readable, 0, 2048), (load, writable, 2048, 2048)]) == 0)
    // With relocations of what is only readable: DT_TEXTREL, or the flag DF_TEXTREL.
    let parts: [Part] = [(load, readable, 0, 4096), (dynamic, writable, 1024, 32)]
    #expect(try end(parts) == 4096)
    #expect(try end(parts, tag: 22) == 0)
    #expect(try end(parts, tag: 30) == 0)
  }

  @Test func whatIsNoObjectHasNoTablesThatEnd() throws {
    let file = try HandMadeTables()
    file.replace([UInt8](repeating: 0, count: 4096))
    file.place()
    var object = quarry_object(start: file.start, end: file.end, unwind_index: file.start + 2048)
    #expect(quarry_unwind_end(&object) == 0)
  }
}
