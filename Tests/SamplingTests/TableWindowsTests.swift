import CShim
import Glibc
import TestSupport
import Testing

@testable import Sampling

@Suite("Windows of unwind tables")
struct TableWindowsTests {
  private static let count = Int(QUARRY_TABLE_WINDOWS) + 1

  /// A private mapping of a file in which every page begins with its number, and `body` with its address, which is one of a
  /// window.
  private func withFile(_ body: (UInt, StackTable) throws -> Void) throws {
    let bytes = Int(TableWindows.bytes) * (Self.count + 1)
    var content = [UInt64](repeating: 0, count: bytes / 8)
    for page in 0..<bytes / 4096 { content[page * 512] = UInt64(page) }
    let file = fileno(tmpfile())
    defer { close(file) }
    try #require(write(file, content, bytes) == bytes)
    let map = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0))
    defer { munmap(map, bytes) }
    let table = try #require(StackTable.make())
    defer { table.unmap() }
    try body((UInt(bitPattern: map) + TableWindows.bytes - 1) & ~(TableWindows.bytes - 1), table)
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
    try withFile { start, table in
      let windows = TableWindows(table.record)
      let first = word(start).pointee
      for number in 0..<Self.count {
        let address = start + UInt(number) * TableWindows.bytes
        windows.note(address + 8)
        windows.note(address + 16)
        #expect(word(address).pointee == first + UInt64(number * 16))
        let isPresent = try isPresent(start)
        #expect(isPresent == (number < Self.count - 1))
      }
      #expect(word(start).pointee == first)
    }
  }

  /// A page that was written to is not as the file has it, and stays.
  @Test func whatWasWrittenStays() throws {
    try withFile { start, table in
      let windows = TableWindows(table.record)
      word(start + 4096).pointee = 0xfeed
      let third = word(start + 8192).pointee
      for number in 0..<Self.count { windows.note(start + UInt(number) * TableWindows.bytes) }
      let arePresent = (try isPresent(start + 4096), try isPresent(start + 8192))
      #expect(arePresent == (true, false))
      #expect(word(start + 4096).pointee == 0xfeed)
      #expect(word(start + 8192).pointee == third)
    }
  }

  @Test func whatIsForgottenIsNotTouched() throws {
    try withFile { start, table in
      let windows = TableWindows(table.record)
      let first = word(start).pointee
      for number in 0..<Self.count - 1 { windows.note(start + UInt(number) * TableWindows.bytes) }
      windows.clear()
      windows.note(start + UInt(Self.count - 1) * TableWindows.bytes)
      let isPresent = try isPresent(start)
      #expect(isPresent && word(start).pointee == first)
    }
  }
}
