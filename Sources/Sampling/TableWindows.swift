// TableWindows: unwind tables are parts of files, of which the system brings a whole window into memory when a word of it is
// read. Stack walks read a few words here and there, and the rows found are kept: those of a compiler would stay in memory
// by megabytes. So no more than a few windows stay, and none of a small program, or once all rows are among the kept ones.
import CShim
import Platform
import Synchronization
import Units

struct TableWindows {
  private let stacks: UnsafeMutablePointer<quarry_stack_table>
  private let holdsTables: @convention(c) (_ address: UInt, _ bytes: UInt) -> Int32

  /// - Parameter holdsTables: whether a window still is a part of a loaded object's tables. After dlclose the program may have
  ///   mapped there what it has written to since.
  init(
    _ stacks: UnsafeMutablePointer<quarry_stack_table>,
    holdsTables: @convention(c) (_ address: UInt, _ bytes: UInt) -> Int32 = quarry_holds_tables
  ) {
    self.stacks = stacks
    self.holdsTables = holdsTables
  }

  /// What the system maps at once (`fault_around_bytes` of Linux's debugfs). Aligned to its size.
  static let bytes: UInt = 64 << 10

  /// Notes that a word of a table is about to be read. If that were too many windows, those before it leave memory.
  /// - Parameter segment: whole pages, to which nobody writes, around the word. What lies elsewhere stays in memory.
  func note(_ address: UInt, in segment: quarry_range) {
    if address &- segment.address >= segment.bytes { return }
    quietSamples.pointee.store(0, ordering: .relaxed)
    let start = address & ~(Self.bytes &- 1)
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) {
      let noted = word(number).pointee.load(ordering: .relaxed)
      if noted & ~UInt64(Self.bytes &- 1) == UInt64(start) { return }
      if noted == 0 { return enter(start, segment, number) }
    }
    empty()
    enter(start, segment, 0)
  }

  /// A word has the window's first page in the segment, and their number in its low bits.
  private func enter(_ start: UInt, _ segment: quarry_range, _ number: UInt32) {
    let first = max(start, segment.address)
    let end = min(start &+ Self.bytes, segment.address &+ segment.bytes)
    let pages = (end &- first) &>> UInt(Page.shift)
    word(number).pointee.store(UInt64(first | pages), ordering: .relaxed)
  }

  /// After each sample. The windows leave memory at once while it is not known whether the program has many rows; then when
  /// a few samples in a row read nothing.
  func rest() {
    let quiet = quietSamples.pointee.load(ordering: .relaxed)
    quietSamples.pointee.store(quiet &+ 1, ordering: .relaxed)
    if quiet == 0 { readingSamples.pointee.wrappingAdd(1, ordering: .relaxed) }
    let hasFew = readingSamples.pointee.load(ordering: .relaxed) <= Tunables.readingSamples
    if quiet == (hasFew ? 0 : Tunables.quietSamples) { empty() }
  }

  /// Takes what was noted out of memory.
  private func empty() {
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) {
      let noted = UInt(word(number).pointee.exchange(0, ordering: .relaxed))
      let inPage = UInt(Page.size &- 1)
      let (start, bytes) = (noted & ~inPage, (noted & inPage) &<< UInt(Page.shift))
      if noted != 0 && holdsTables(start, bytes) != 0 { System.forgetFilePages(start, bytes: bytes) }
    }
  }

  /// Forgets which windows were read: something else may be where they were.
  func clear() {
    for number in 0..<UInt32(QUARRY_TABLE_WINDOWS) { word(number).pointee.store(0, ordering: .relaxed) }
  }

  private var readingSamples: UnsafeMutablePointer<Atomic<UInt64>> { atomic(quarry_table_reading_samples(stacks)) }
  private var quietSamples: UnsafeMutablePointer<Atomic<UInt64>> { atomic(quarry_table_quiet_samples(stacks)) }

  /// Threads that note at once may lose a window, which stays in memory then.
  private func word(_ number: UInt32) -> UnsafeMutablePointer<Atomic<UInt64>> {
    atomic(quarry_table_window(stacks, number))
  }
}
