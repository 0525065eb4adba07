// ELFHeaders: what the headers of a program or library tell: which parts of the file are mapped where, and its build ID.
// They are read alike from a file and from the memory into which it is mapped.

struct ELFHeaders {
  struct Segment {
    var address: UInt64
    var offset: UInt64
    /// Bytes that the file has of it.
    var bytes: UInt64
    /// Bytes that it has in memory, where zeroes follow the file's.
    var memoryBytes: UInt64
  }

  /// What is mapped, of the file.
  private(set) var segments: [Segment] = []
  /// What the linker marked the file with; empty when it did not.
  private(set) var buildID: [UInt8] = []

  /// A piece of the file; nil where it is not to be had.
  typealias Reader = (_ offset: UInt64, _ count: Int) -> Bytes?

  /// - Returns: nil when this is no 64-bit little-endian ELF file.
  init?(_ read: Reader) {
    guard let header = read(0, 64), header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    let (stride, count) = (Int(header.load(54, as: UInt16.self)), Int(header.load(56, as: UInt16.self)))
    guard stride >= 56, let table = read(header.load(32, as: UInt64.self), stride * count) else { return nil }
    for place in Swift.stride(from: 0, to: stride * count, by: stride) {
      let segment = Segment(
        address: table.load(place + 16, as: UInt64.self), offset: table.load(place + 8, as: UInt64.self),
        bytes: table.load(place + 32, as: UInt64.self), memoryBytes: table.load(place + 40, as: UInt64.self))
      switch table.load(place, as: UInt32.self) {
      case 1: segments.append(segment)  // PT_LOAD
      case 4 where buildID.isEmpty && segment.bytes <= 1 << 16:  // PT_NOTE
        if let notes = read(segment.offset, Int(segment.bytes)) { buildID = Self.buildID(notes) }
      default: break
      }
    }
  }

  /// Reads those of a file that is mapped.
  /// - Parameter start: the mapping of the file's start.
  /// - Returns: nil when they cannot be read, as in a core file that leaves them out.
  init?(_ source: any MemorySource, mappedAt start: Range<UInt>) {
    self.init { offset, count in
      guard offset <= UInt64(start.count), count <= start.count - Int(offset) else { return nil }
      var bytes = [UInt8](repeating: 0, count: count)
      let read = try? bytes.withUnsafeMutableBytes { try source.read(start.lowerBound + UInt(offset), into: $0) }
      return read == count ? Bytes(bytes) : nil
    }
  }

  /// The memory that the dynamic linker sets aside for the file: from the first segment to the end of the last one, in
  /// whole pages.
  /// - Parameter start: where the file's start is mapped.
  func memory(mappedAt start: UInt, pageSize: UInt) -> Range<UInt> {
    let first = segments.first { $0.offset == 0 }?.address ?? 0
    let end = segments.map { $0.address &+ $0.memoryBytes }.max() ?? 0
    let bytes = (UInt(end &- first) &+ pageSize &- 1) & ~(pageSize - 1)
    return start..<max(start, start &+ bytes)
  }

  /// Looks for the note of type 3 by the name GNU.
  private static func buildID(_ notes: Bytes) -> [UInt8] {
    var place = 0
    while place + 12 <= notes.count {
      let (name, bytes) = (Int(notes.load(place, as: UInt32.self)), Int(notes.load(place + 4, as: UInt32.self)))
      let content = place + 12 + (name + 3) & ~3
      if notes.load(place + 8, as: UInt32.self) == 3, notes[(place + 12)..<(place + 16)] == [0x47, 0x4e, 0x55, 0] {
        return content < notes.count ? Array(notes[content..<(content + bytes)]) : []
      }
      place = content + (bytes + 3) & ~3
    }
    return []
  }

  /// The address that the file gives a place in it, as its symbols have it.
  func address(ofOffset offset: UInt64) -> UInt64? {
    guard let segment = segments.first(where: { offset >= $0.offset && offset - $0.offset < $0.bytes }) else {
      return nil
    }
    return offset &- segment.offset &+ segment.address
  }
}
