// CoreNotes: what the notes of a core file tell: which files were mapped where, and the registers of each thread.

struct CoreNotes {
  struct MappedFile {
    var path: String
    /// Where the mapping ends.
    var end: UInt
    /// Where in the file the mapping begins, in bytes.
    var offset: UInt64
  }

  /// By the address of the mapping.
  private(set) var files: [UInt: MappedFile] = [:]
  private(set) var registers: [[UInt64]] = []
  private(set) var pageSize: UInt = 4096

  /// Reads one segment of notes: length of the name, of the content, type, name, content, each padded to 4 bytes.
  mutating func read(_ notes: Bytes) {
    var place = 0
    while place + 12 <= notes.count {
      let name = Int(notes.load(place, as: UInt32.self))
      let bytes = Int(notes.load(place + 4, as: UInt32.self))
      let content = place + 12 + (name + 3) & ~3
      guard content + bytes <= notes.count else { return }
      switch notes.load(place + 8, as: UInt32.self) {
      case 1: registers.append(Self.registers(notes, content, bytes))  // NT_PRSTATUS
      case 0x4649_4c45: readFiles(notes, content, bytes)  // NT_FILE
      default: break
      }
      place = content + (bytes + 3) & ~3
    }
  }

  /// The general registers lie between a header of 112 bytes and a final word.
  private static func registers(_ notes: Bytes, _ content: Int, _ bytes: Int) -> [UInt64] {
    stride(from: content + 112, to: max(content + 112, content + bytes - 8), by: 8).map {
      notes.load($0, as: UInt64.self)
    }
  }

  /// Number of files, page size, start, end and offset of each, and then their names.
  private mutating func readFiles(_ notes: Bytes, _ content: Int, _ bytes: Int) {
    let count = Int(clamping: notes.load(content, as: UInt64.self))
    guard count <= (bytes - 16) / 24 else { return }
    let size = UInt(notes.load(content + 8, as: UInt64.self))
    if size.nonzeroBitCount == 1, size >= 4096 { pageSize = size }
    var name = content + 16 + 24 * count
    for number in 0..<count {
      let text = notes.text(name)
      let entry = content + 16 + 24 * number
      let start = UInt(notes.load(entry, as: UInt64.self))
      files[start] = MappedFile(
        path: text, end: max(start, UInt(notes.load(entry + 8, as: UInt64.self))),
        offset: notes.load(entry + 16, as: UInt64.self) &* UInt64(size))
      name += text.utf8.count + 1
    }
  }
}
