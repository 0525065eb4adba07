// A trace in memory: its header and its chunks, checked as far as they can be without reading the events.

import Glibc
import TraceFormat

/// What is wrong with a trace, in a line without a final full stop.
public struct TraceError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// An open trace. Its file may still be written to.
public final class TraceFile {
  public let path: String
  /// As it was when the file was opened.
  public let header: quarry_trace_header
  private let bytes: UnsafeRawBufferPointer

  /// - Throws: `TraceError` when the file cannot be read or is no trace of this version.
  public init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TraceError("cannot read '\(path)': \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TraceError("'\(path)' is not a file: give one that 'quarry trace record' wrote")
    }
    let size = Int(status.st_size)
    guard size > 0 else { throw TraceError("'\(path)' is empty: give a file that 'quarry trace record' wrote") }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw TraceError("cannot read '\(path)': \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
    do { header = try Self.header(of: bytes, path) } catch {
      munmap(start, size)
      throw error
    }
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }

  private static func header(of bytes: UnsafeRawBufferPointer, _ path: String) throws -> quarry_trace_header {
    let magic = withUnsafeBytes(of: quarry_trace_magic) { [UInt8]($0) }
    guard bytes.prefix(magic.count).elementsEqual(magic.prefix(bytes.count)) else {
      throw TraceError("'\(path)' is not a trace: give a file that 'quarry trace record' wrote")
    }
    let headerBytes = Int(quarry_trace_header_bytes)
    guard bytes.count >= headerBytes else {
      throw TraceError("'\(path)' is cut off: it has \(bytes.count) bytes, and its header \(headerBytes)")
    }
    let header = bytes.loadUnaligned(as: quarry_trace_header.self)
    guard header.version == quarry_trace_version, header.chunk_bytes == quarry_trace_chunk_bytes else {
      throw TraceError(
        "'\(path)' is a trace of version \(header.version), and this tool reads version \(quarry_trace_version)")
    }
    guard (bytes.count - headerBytes) % Int(quarry_trace_chunk_bytes) == 0 else {
      throw TraceError("'\(path)' is cut off: its last chunk is not whole")
    }
    return header
  }

  /// Path of the program that was recorded.
  public var program: String {
    withUnsafeBytes(of: header.program) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  public var chunkCount: Int { (bytes.count - Int(quarry_trace_header_bytes)) / Int(quarry_trace_chunk_bytes) }

  /// - Throws: when a finished chunk is not what its writer left.
  func chunk(_ index: Int) throws -> Chunk {
    let chunkBytes = Int(quarry_trace_chunk_bytes)
    let start = Int(quarry_trace_header_bytes) + index * chunkBytes
    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + chunkBytes])
    let address = part.assumingMemoryBound(to: quarry_trace_chunk.self).baseAddress!
    let head = address.pointee
    let damaged = TraceError("'\(path)' is damaged: chunk \(index) of \(chunkCount) is not what was written")
    guard head.check == 0 || head.check == quarry_trace_check(address) else { throw damaged }
    let content = UnsafeRawBufferPointer(rebasing: part[MemoryLayout<quarry_trace_chunk>.size...])
    switch head.kind {
    case quarry_trace_unused.rawValue where head.check == 0: return .unused
    case quarry_trace_events.rawValue:
      return .events(EventReader(head: head, content: content, threads: header.threads))
    case quarry_trace_modules.rawValue: return .modules(content, sequence: head.sequence)
    default: throw damaged
    }
  }
}

enum Chunk {
  /// Taken, and not written to before the process ended.
  case unused
  case events(EventReader)
  case modules(UnsafeRawBufferPointer, sequence: UInt64)
}
