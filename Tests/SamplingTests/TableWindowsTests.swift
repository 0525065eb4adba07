import CShim
import Glibc
import TestSupport
import Testing
import Units

@testable import Sampling

@Suite("Windows of unwind tables")
struct TableWindowsTests {
  private static let count = Int(QUARRY_TABLE_WINDOWS) + 1

  /// Memory of so many windows in which every page begins with its number, and `body` with its address.
  /// - Parameter isFile: whether it is mapped from a file, rather than the process's own.
  private func withMemory(isFile: Bool = true, _ body: (quarry_range, StackTable) throws -> Void) throws {
    let window = Int(TableWindows.bytes)
    let bytes = window * (Self.count + 1)
    var content = [UInt64](repeating: 0, count: bytes / 8)
    for page in 0..<bytes / 4096 { content[page * 512] = UInt64(page) }
    let file = fileno(tmpfile())
    defer { close(file) }
    try #require(write(file, content, bytes) == bytes)
    let flags = isFile ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS
    let map = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, isFile ? file : -1, 0))
    defer { munmap(map, bytes) }
    if !isFile { memcpy(map, content, bytes) }
    let table = try #require(StackTable.make())
    defer { table.unmap() }
    let start = (UInt(bitPattern: map) + TableWindows.bytes - 1) & ~(TableWindows.bytes - 1)
    try body(quarry_range(address: start, bytes: UInt(window * Self.count)), table)
  }

  private func word(_ address: UInt) -> UnsafeMutablePointer<UInt64> { UnsafeMutablePointer(bitPattern: address)! }

  /// Whether a page is in memory, by proc_pid_pagemap(5).
  private func isPresent(_ address: UInt) throws -> Bool {
    let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var state: UInt64 = 0
    try #require(pread(file, &state, 8, Int(address / quarry_sys_page_size() * 8)) == 8)
    return state >> 63 == 1
  }

  @Test func onlyTheLastWindowsStayInMemory() throws {
    try withMemory { segment, table in
      let windows = TableWindows(table.record, holdsTables: { _, _ in 1 })
      let start = segment.address
      let first = word(start).pointee
      for number in 0..<Self.count {
        let address = start + UInt(number) * TableWindows.bytes
        windows.note(address + 8, in: segment)
        windows.note(address + 16, in: segment)
        #expect(word(address).pointee == first + UInt64(number * 16))
        let isPresent = try isPresent(start)
        #expect(isPresent == (number < Self.count - 1))
      }
      #expect(word(start).pointee == first)
    }
  }

  /// What a program unpacked where it was to be loaded is in no file.
  @Test func memoryOfTheProcessKeepsItsContent() throws {
    try withMemory(isFile: false) { segment, table in
      let windows = TableWindows(table.record, holdsTables: { _, _ in 1 })
      let first = word(segment.address).pointee
      for number in 0..<Self.count { windows.note(segment.address + UInt(number) * TableWindows.bytes, in: segment) }
      let isPresent = try isPresent(segment.address)
      #expect(isPresent && word(segment.address).pointee == first)
    }
  }

  /// Whole pages before the segment, behind it, and words that are not in it at all.
  @Test func nothingOutsideOfTheSegmentLeavesMemory() throws {
    try withMemory { whole, table in
      let windows = TableWindows(table.record, holdsTables: { _, _ in 1 })
      let start = whole.address
      let segment = quarry_range(address: start + 4096, bytes: 8192)
      let words = (0..<4).map { word(start + UInt($0) * 4096).pointee }
      windows.note(start, in: segment)
      windows.note(start + 4096 + 8192, in: segment)
      windows.rest()
      var present = try (0..<4).map { try isPresent(start + UInt($0) * 4096) }
      #expect(present == [true, true, true, true])
      windows.note(start + 8192, in: segment)
      windows.rest()
      present = try (0..<4).map { try isPresent(start + UInt($0) * 4096) }
      #expect(present == [true, false, false, true])
      #expect((0..<4).map { word(start + UInt($0) * 4096).pointee } == words)
    }
  }

  @Test func whatIsForgottenIsNotTouched() throws {
    try withMemory { segment, table in
      let windows = TableWindows(table.record, holdsTables: { _, _ in 1 })
      let start = segment.address
      let first = word(start).pointee
      for number in 0..<Self.count - 1 { windows.note(start + UInt(number) * TableWindows.bytes, in: segment) }
      windows.clear()
      windows.note(start + UInt(Self.count - 1) * TableWindows.bytes, in: segment)
      let isPresent = try isPresent(start)
      #expect(isPresent && word(start).pointee == first)
    }
  }

  @Test func whatIsNotReadAnyMoreLeavesMemory() throws {
    try withMemory { segment, table in
      let windows = TableWindows(table.record, holdsTables: { _, _ in 1 })
      let start = segment.address
      func staysFor() throws -> UInt64 {
        windows.note(start, in: segment)
        windows.note(start + UInt(word(start).pointee & 8), in: segment)
        var samples: UInt64 = 0
        while try isPresent(start) && samples < 100 {
          windows.rest()
          samples += 1
        }
        return samples
      }
      for _ in 0..<Tunables.readingSamples {
        let samples = try staysFor()
        #expect(samples == 1)
      }
      for _ in 0..<3 {
        let samples = try staysFor()
        #expect(samples == Tunables.quietSamples + 1)
      }
    }
  }

  private typealias Part = (type: UInt32, flags: UInt32, from: UInt64, bytes: UInt64)

  /// The segment of an object's tables, in distances from its start, whose file has these parts and 4096 bytes.
  private func segment(_ parts: [Part], tag: UInt64 = 0) throws -> [Int]? {
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
    let found = quarry_table_segment(&object)
    return found.bytes == 0 ? nil : [Int(found.address - file.start), Int(found.bytes)]
  }

  /// Only what is as in the file is taken out of memory.
  @Test func tablesThatNobodyWritesToHaveASegment() throws {
    let (load, dynamic): (UInt32, UInt32) = (1, 2)
    let (readable, executable, writable): (UInt32, UInt32, UInt32) = (4, 5, 6)
    #expect(try segment([(load, readable, 0, 4096)]) == [0, 4096])
    #expect(
      try segment([(load, executable, 0, 1024), (load, readable, 2048, 100), (load, writable, 3072, 1024)]) == [
        0, 4096,
      ])
    #expect(try segment([(load, executable, 0, 4096)]) == nil)
    #expect(try segment([(load, writable, 0, 4096)]) == nil)
    #expect(try segment([(load, readable, 0, 2048), (load, writable, 2048, 2048)]) == nil)
    // With relocations of what is only readable: DT_TEXTREL, or the flag DF_TEXTREL.
    let parts: [Part] = [(load, readable, 0, 4096), (dynamic, writable, 1024, 32)]
    #expect(try segment(parts) == [0, 4096])
    #expect(try segment(parts, tag: 22) == nil)
    #expect(try segment(parts, tag: 30) == nil)
  }

  @Test func whatIsNoObjectHasNone() throws {
    let file = try HandMadeTables()
    file.replace([UInt8](repeating: 0, count: 4096))
    file.place()
    var object = quarry_object(start: file.start, end: file.end, unwind_index: file.start + 2048)
    #expect(quarry_table_segment(&object).bytes == 0)
  }
}
