import CShim
import Glibc
import TestSupport
import Testing

@testable import Sampling

/// Unwind tables made by hand, as a linker would lay them out, in memory with nothing readable behind it.
final class HandMadeTables {
  private(set) var bytes: [UInt8] = []
  private let room: UInt
  private static let capacity: UInt = 4096

  init() throws {
    let mapped = try #require(
      mmap(nil, Int(2 * Self.capacity), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    mprotect(mapped + Int(Self.capacity), Int(Self.capacity), PROT_NONE)
    room = UInt(bitPattern: mapped)
  }

  deinit { munmap(UnsafeMutableRawPointer(bitPattern: room), Int(2 * Self.capacity)) }

  /// Where the tables begin, once all are added: they end where nothing is readable.
  var start: UInt { room + Self.capacity - UInt(bytes.count) }
  var end: UInt { room + Self.capacity }

  func place() {
    let room = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: start), count: bytes.count)
    room.copyBytes(from: bytes)
  }

  func replace(_ bytes: [UInt8]) { self.bytes = bytes }

  func add(u32 value: UInt32) {
    for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
  }
  func add(u64 value: UInt64) {
    for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  private func add(entry content: () -> Void) -> Int {
    let at = bytes.count
    add(u32: 0)
    content()
    while bytes.count % 8 != 0 { bytes.append(0) }
    let length = bytes.count - at - 4
    for byte in 0..<4 { bytes[at + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
    return at
  }

  /// A common information entry as compilers write it: code in bytes, data in words downwards, CFA = rsp + 8, the return
  /// address below it; functions by absolute address.
  func addCommon(_ augmentation: String = "zR", data: [UInt8] = [0x00], instructions: [UInt8]? = nil) -> Int {
    add {
      add(u32: 0)
      bytes += [1] + Array(augmentation.utf8) + [0, 1, 0x78, 16, UInt8(data.count)] + data
      bytes += instructions ?? [0x0c, 7, 8, 0x80 | 16, 1]
    }
  }

  /// A function's entry.
  func addFunction(_ common: Int, from: UInt, bytes length: UInt, _ instructions: [UInt8]) -> Int {
    add {
      add(u32: UInt32(bytes.count - common))
      add(u64: UInt64(from))
      add(u64: UInt64(length))
      bytes += [0] + instructions
    }
  }

  func row(_ place: UInt, _ entry: Int) -> UnwindRow? {
    CallFrames.row(for: place, entry: start + UInt(entry), from: start, to: end)
  }
}

@Suite("Unwinding by tables")
struct UnwindRowTests {
  /// Rows of a function at 1000 of 100 bytes.
  private func rows(
    _ instructions: [UInt8], augmentation: String = "zR", data: [UInt8] = [0x00], initial: [UInt8]? = nil,
    at places: UInt...
  ) throws -> [UnwindRow?] {
    let tables = try HandMadeTables()
    let common = tables.addCommon(augmentation, data: data, instructions: initial)
    let entry = tables.addFunction(common, from: 1000, bytes: 100, instructions)
    tables.place()
    return places.map { tables.row($0, entry) }
  }

  /// push %rbp; mov %rsp, %rbp; … pop %rbp; ret, with the rows that its places have.
  @Test func aFunctionWithAFramePointer() throws {
    let rows = try rows(
      [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 80, 0x0c, 7, 8, 0xc6], at: 1000, 1001, 1003, 1004, 1083, 1084, 1099
    )
    let start = UnwindRow(.byStackPointer, offset: 8)
    let pushed = UnwindRow(.byStackPointer, offset: 16, framePointer: .saved(below: 16))
    #expect(rows == [start, pushed, pushed, .frame, .frame, start, start])
  }

  @Test func aFunctionThatMovesItsStackPointer() throws {
    // sub $0x1000, %rsp in the middle; a call with arguments on the stack; an early return between.
    let rows = try rows(
      [0x44, 0x0e, 0x88, 0x20, 0x50, 0x0a, 0x0e, 8, 0x41, 0x0b, 0x03, 30, 0, 0x2e, 16, 0x0e, 0x98, 0x20],
      at: 1003, 1004, 1020, 1021, 1099)
    let offsets = [8, 4104, 8, 4104, 4120].map { UnwindRow(.byStackPointer, offset: $0) }
    #expect(rows == offsets)
  }

  /// As compilers write it for functions that align their stack.
  @Test func aFunctionWithAnAlignedStack() throws {
    let rows = try rows(
      [0x45, 0x0c, 10, 0, 0x45, 0x10, 6, 2, 0x76, 0, 0x48, 0x0f, 3, 0x76, 0x78, 0x06], at: 1000, 1005, 1010, 1018)
    let aligned = UnwindRow(.behindFramePointer, offset: -8, framePointer: .behindItself)
    // Between, it is found by a register that nobody follows.
    #expect(rows == [UnwindRow(.byStackPointer, offset: 8), nil, nil, aligned])
  }

  @Test func theOutermostFunction() throws {
    #expect(try rows([0x07, 16], at: 1000) == [UnwindRow(.end)])
  }

  @Test func aSignalsFrame() throws {
    #expect(try rows([0x0f, 4, 0x77, 0xa0, 0x01, 0x06], augmentation: "zRS", at: 1000) == [UnwindRow(.signal)])
  }

  @Test func augmentationsWithAPersonalityRoutine() throws {
    let data: [UInt8] = [0x9b, 1, 2, 3, 4, 0x1b, 0x00]
    #expect(try rows([], augmentation: "zPLR", data: data, at: 1000) == [UnwindRow(.byStackPointer, offset: 8)])
  }

  @Test func placesBeyondTheFunctionHaveNone() throws { #expect(try rows([], at: 999, 1100) == [nil, nil]) }

  @Test(arguments: [[0x3f], [0x0b], [0x0e], [0x0f, 200], [0x0d]] as [[UInt8]])
  func instructionsThatCannotBeHaveNone(_ instructions: [UInt8]) throws {
    // With an expression before, of which offset and register say nothing.
    let unknown: [UInt8] = [0x0f, 1, 0x30]
    #expect(try rows(unknown + instructions, at: 1050) == [nil])
  }

  /// Whatever the tables hold, nothing outside of them is read.
  @Test(arguments: 1...20)
  func damageIsNotFollowed(_ seed: Int) throws {
    let tables = try HandMadeTables()
    let common = tables.addCommon("zPLR", data: [0x9b, 1, 2, 3, 4, 0x1b, 0x00])
    let entry = tables.addFunction(
      common, from: 1000, bytes: 100,
      [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0])
    let whole = tables.bytes
    try takeSteps(2000, seed: UInt64(seed)) { random in
      var damaged = whole
      for _ in 0...random.below(4) { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
      tables.replace(damaged)
      tables.place()
      _ = tables.row(1000 + UInt(random.below(100)), random.once(in: 8) ? random.below(damaged.count) : entry)
    }
  }

  @Test func rowsKeepWhatTheyArePacked() {
    for kind: UnwindRow.Kind in [.byStackPointer, .byFramePointer, .behindFramePointer, .signal, .end] {
      for offset in [-65536, -8, 0, 8, 16, 4096, 65528] {
        for place: UnwindRow.FramePointer in [.unchanged, .saved(below: 8), .saved(below: 8176), .behindItself] {
          let row = UnwindRow(kind, offset: offset, framePointer: place)
          #expect(row.packed.map { UnwindRow(packed: $0) } == row && row.packed ?? .max < 1 << UnwindRow.bits)
        }
      }
    }
    #expect(UnwindRow(.byStackPointer, offset: 65536).packed == nil)
    #expect(UnwindRow(.byStackPointer, offset: 12).packed == nil)
    #expect(UnwindRow(.byStackPointer, offset: 8, framePointer: .saved(below: 8184)).packed == nil)
    #expect(UnwindRow(.byStackPointer, offset: 8, framePointer: .saved(below: -8)).packed == nil)
  }
}
