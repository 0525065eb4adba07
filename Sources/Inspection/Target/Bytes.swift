// Bytes: a piece of a file, or of memory, that nobody vouches for.

import SystemPackage

struct Bytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a piece of a file.
  /// - Throws: `InspectionError.unreadable` when the file ends before.
  init(_ file: FileDescriptor, _ offset: UInt64, _ count: Int, _ path: String) throws {
    var bytes = [UInt8](repeating: 0, count: count)
    let read: Int
    do {
      read = try bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: Int64(clamping: offset), into: $0) }
    } catch let error as Errno {
      throw InspectionError.unreadable(path, "\(error)")
    }
    guard read == count else { throw InspectionError.unreadable(path, "it is cut short") }
    self.bytes = bytes
  }

  var count: Int { bytes.count }

  func starts(with prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }

  /// A number at an offset; 0 beyond the end.
  func load<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Number.Type) -> Number {
    guard offset >= 0, offset <= count - MemoryLayout<Number>.size else { return 0 }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  /// The text from an offset to the next zero byte.
  func text(_ offset: Int) -> String {
    String(decoding: bytes[min(max(offset, 0), count)...].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Some of the bytes, as far as they are there.
  subscript(range: Range<Int>) -> ArraySlice<UInt8> { bytes[range.clamped(to: 0..<count)] }
}
