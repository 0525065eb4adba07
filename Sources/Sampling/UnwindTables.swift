// UnwindTables: from a place in the code to its row, by the tables of the object that holds it. Rows that were found are
// kept, by place, in words that threads share: a word that another thread replaces is whole before and after.
import CShim
import Platform
import Synchronization

public struct UnwindTables {
  private let stacks: UnsafeMutablePointer<quarry_stack_table>

  init(keepingRowsIn table: StackTable) { stacks = table.record }

  /// Whether the constructor ran, and found whom to ask for tables.
  static var canAsk: Bool { quarry_registry_record().pointee.find_object != 0 }

  /// The row of a place. Where there is no table, as for code that was made at run time, it is that of a function which
  /// keeps a frame pointer. Where nobody can be asked, that is a guess, which is not kept.
  func row(for place: UInt, canAsk: Bool = Self.canAsk) -> UnwindRow {
    if let kept = keptRow(for: place) { return kept }
    if !canAsk { return .frame }
    let row = find(place) ?? .frame
    // Places have 47 bits, of which the number among the rows says 10.
    if place &>> 47 == 0, let packed = row.packed {
      word(for: place).pointee.store(Self.tag(of: place) | packed, ordering: .relaxed)
    }
    return row
  }

  /// The row of a place if it was looked for before, and no other one took its word since.
  func keptRow(for place: UInt) -> UnwindRow? {
    let word = word(for: place).pointee.load(ordering: .relaxed)
    let tag = Self.tag(of: place)
    let packed = (UInt64(1) &<< UnwindRow.bits) &- 1
    return tag != 0 && word & ~packed == tag ? UnwindRow(packed: word & packed) : nil
  }

  private func word(for place: UInt) -> UnsafeMutablePointer<Atomic<UInt64>> {
    atomic(quarry_unwind_row(stacks, UInt32(truncatingIfNeeded: place)))
  }

  private static func tag(of place: UInt) -> UInt64 { (UInt64(place) / UInt64(QUARRY_UNWIND_ROWS)) &<< UnwindRow.bits }

  /// Forgets the rows of libraries that may be gone, before others come to where they were.
  public static func forget() {
    guard let record = quarry_registry_record().pointee.stacks else { return }
    for number in 0..<UInt32(QUARRY_UNWIND_ROWS) {
      atomic(quarry_unwind_row(record, number)).pointee.store(0, ordering: .relaxed)
    }
    TableWindows(record).clear()
  }

  private func find(_ place: UInt) -> UnwindRow? {
    var object = quarry_object()
    if quarry_find_object(place, &object) != 0 || object.unwind_index == 0 { return nil }
    let windows = TableWindows(stacks)
    let segment = quarry_table_segment(&object)
    guard let entry = Self.search(object.unwind_index, for: place, object, { windows.note($0, in: segment) }) else {
      return nil
    }
    windows.note(entry, in: segment)
    return CallFrames.row(for: place, entry: entry, from: object.start, to: object.end)
  }

  /// The address of the last frame description entry whose function begins at `place` or before it.
  /// - Parameter index: an .eh_frame_hdr: pairs of distances from itself, sorted by function.
  static func search(
    _ index: UInt, for place: UInt, _ object: quarry_object, _ note: (UInt) -> Void = { _ in }
  ) -> UInt? {
    if index < object.start || index >= object.end { return nil }
    note(index)
    var reader = TableReader(index, to: object.end)
    let version = reader.u8()
    let encodings = (frames: reader.u8(), count: reader.u8(), table: reader.u8())
    // DW_EH_PE_datarel | DW_EH_PE_sdata4: what every linker writes.
    if version != 1 || encodings.table != 0x3b { return nil }
    _ = reader.encoded(encodings.frames)
    let count = reader.encoded(encodings.count)
    if reader.hasFailed || count == 0 || count > (object.end &- reader.next) / 8 { return nil }
    let table = reader.next
    func distance(_ number: UInt, _ column: UInt) -> UInt {
      let address = table &+ number &* 8 &+ column &* 4
      note(address)
      var reader = TableReader(address, to: object.end)
      return index &+ UInt(bitPattern: Int(reader.i32()))
    }
    if distance(0, 0) > place { return nil }
    var low: UInt = 0
    var high = count
    while high &- low > 1 {
      let middle = (low &+ high) / 2
      if distance(middle, 0) <= place { low = middle } else { high = middle }
    }
    return distance(low, 1)
  }
}
