// CoreFile: the memory of a process that is no more, as the kernel or a debugger wrote it (ELF core format). It does not
// say which pages were resident.

import Glibc
import SystemPackage

public final class CoreFile: MemorySource, Sendable {
  public let name: String
  public let pageSize: UInt
  /// What each thread's registers held, word by word.
  public let registers: [[UInt64]]
  /// Threads that were in their own code rather than in a system call; nil where the file does not tell.
  public var threadsAtWork: Int? {
    let atWork = registers.compactMap(Registers.isAtWork)
    return atWork.count == registers.count && !atWork.isEmpty ? atWork.count { $0 } : nil
  }
  private let file: FileDescriptor
  private let segments: [Segment]
  private let files: [UInt: CoreNotes.MappedFile]

  private struct Segment {
    var range: Range<UInt>
    /// Bytes that the file has of it.
    var bytes: UInt
    var offset: UInt64
    var flags: UInt32
  }

  /// Opens a core file.
  /// - Throws: `InspectionError.unreadable` when it is none, or one of another machine.
  public init(_ path: String) throws {
    name = "core file \(path)"
    do {
      file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    } catch {
      throw InspectionError.unreadable(path, "\(error)")
    }
    do {
      let header = try Bytes(file, 0, 64, path)
      guard header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]), header.load(16, as: UInt16.self) == 4 else {
        throw InspectionError.unreadable(path, "it is no 64-bit ELF core file")
      }
      guard header.load(18, as: UInt16.self) == Self.machine else {
        throw InspectionError.unreadable(path, "it is the core file of another kind of machine")
      }
      let (stride, count) = (UInt64(header.load(54, as: UInt16.self)), UInt64(header.load(56, as: UInt16.self)))
      let table = try Bytes(file, header.load(32, as: UInt64.self), Int(stride * count), path)
      var segments: [Segment] = []
      var notes = CoreNotes()
      for number in 0..<Int(count) where stride >= 56 {
        let place = number * Int(stride)
        let (offset, address) = (table.load(place + 8, as: UInt64.self), UInt(table.load(place + 16, as: UInt64.self)))
        let (bytes, whole) = (table.load(place + 32, as: UInt64.self), table.load(place + 40, as: UInt64.self))
        switch table.load(place, as: UInt32.self) {
        // PT_LOAD, of what a process can have.
        case 1 where whole > 0 && whole <= 1 << 48 && offset <= 1 << 62 && UInt64(address) <= UInt64.max - whole:
          segments.append(
            Segment(
              range: address..<(address + UInt(whole)), bytes: UInt(min(bytes, whole)), offset: offset,
              flags: table.load(place + 4, as: UInt32.self)))
        case 4 where bytes <= 1 << 28:  // PT_NOTE
          notes.read(try Bytes(file, offset, Int(bytes), path))
        default: break
        }
      }
      self.segments = segments.sorted { $0.range.lowerBound < $1.range.lowerBound }
      files = notes.files
      registers = notes.registers
      pageSize = notes.pageSize
    } catch {
      try? file.close()
      throw error
    }
  }

  deinit { try? file.close() }

  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #else
    private static let machine: UInt16 = 183
  #endif

  /// Also those of files whose memory the core file leaves out, since it can be had from the files.
  public func mappings() throws -> [Mapping] {
    let held = segments.map { segment in
      let file = files[segment.range.lowerBound]
      return Mapping(
        range: segment.range, isReadable: segment.flags & 4 != 0, isWritable: segment.flags & 2 != 0,
        isExecutable: segment.flags & 1 != 0, offset: file?.offset ?? 0, path: file?.path ?? "")
    }
    let starts = Set(segments.map(\.range.lowerBound))
    let others = files.filter { !starts.contains($0.key) }.map { start, file in
      Mapping(
        range: start..<file.end, isReadable: false, isWritable: false, isExecutable: true, offset: file.offset,
        path: file.path)
    }
    return (held + others).sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  public func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var count = 0
    while count < buffer.count {
      let place = address + UInt(count)
      guard let segment = segments.last(atOrBelow: place, \.range.lowerBound),
        place - segment.range.lowerBound < segment.bytes
      else { return count }
      let within = place - segment.range.lowerBound
      let rest = min(buffer.count - count, Int(segment.bytes - within))
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + rest)])
      let some = try file.read(fromAbsoluteOffset: Int64(bitPattern: segment.offset + UInt64(within)), into: part)
      if some == 0 { throw InspectionError.unreadable(name, "it is cut short; raise the limit with 'ulimit -c'") }
      count += some
    }
    return count
  }

  public func pageStates(_ range: Range<UInt>) throws -> [PageState]? { nil }

  public func isRunning() throws -> Bool { false }
}
