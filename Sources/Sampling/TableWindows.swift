// TableWindows: unwind tables are parts of files, of which the system brings a whole window into memory when a word of it is
// read. Stack walks read a few words here and there, and the rows found are kept: those of a compiler would stay in memory
// by megabytes. So no more than a few windows stay.
import CShim
import Platform
import Synchronization

struct TableWindows {
  private let stacks: UnsafeMutablePointer<quarry_stack_table>

  init(_ stacks: UnsafeMutablePointer<quarry_stack_table>) { self.stacks = stacks }

  /// What the system maps at once, in pages of 4 KiB (`fault_around_bytes` of Linux's debugfs). Aligned to its size.
  static var bytes: UInt { UInt(QUARRY_PAGES_FORGOTTEN) &<< 12 }

  /// Notes that a word of a table is about to be read. If that were too many windows, those before it leave memory.
  func note(_ address: UInt) {
    let window = UInt64(address & ~(Self.bytes &- 1))
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) {
      let noted = word(number).pointee.load(ordering: .relaxed)
      if noted == window { return }
      if noted == 0 {
        word(number).pointee.store(window, ordering: .relaxed)
        return
      }
    }
    let pages = Int(Self.bytes / quarry_sys_page_size())
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) {
      System.forgetFilePages(UInt(word(number).pointee.exchange(0, ordering: .relaxed)), max(1, pages))
    }
    word(0).pointee.store(window, ordering: .relaxed)
  }

  /// Forgets which windows were read: something else may be where they were.
  func clear() {
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) { word(number).pointee.store(0, ordering: .relaxed) }
  }

  /// Threads that note at once may lose a window, which stays in memory then.
  private func word(_ number: UInt32) -> UnsafeMutablePointer<Atomic<UInt64>> {
    atomic(quarry_table_window(stacks, number))
  }
}
