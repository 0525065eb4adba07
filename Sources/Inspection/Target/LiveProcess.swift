// LiveProcess: another process's memory through /proc, which neither stops it nor needs its help. The files stay open, so
// that a process that takes over the number is never mistaken for it.

import CInspection
import Glibc
import SystemPackage

public final class LiveProcess: MemorySource, Sendable {
  public let number: Int32
  /// As in `ps`: at most 15 bytes of the program's name.
  public let command: String
  public var name: String { Self.name(number, command) }
  public var process: Int32? { number }
  public let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
  /// Whether it is held at its end: what of its threads still runs is on its way out, and touches nothing any more.
  private let isAtEnd: Bool
  private let memory: FileDescriptor
  private let pagemap: FileDescriptor

  /// Opens a process for reading.
  /// - Parameter isAtEnd: whether it is held at its end, so that nothing in it changes.
  /// - Throws: `InspectionError` when there is no such process, or it may not be read.
  public init(_ number: Int32, isAtEnd: Bool = false) throws {
    self.number = number
    self.isAtEnd = isAtEnd
    guard let command = try? FileDescriptor.readAll(FilePath("/proc/\(number)/comm")) else {
      throw InspectionError.noProcess(number)
    }
    // A program may call itself anything.
    self.command = ProfileTable.printable(String(decoding: command, as: UTF8.self).trimmed)
    let name = Self.name(number, self.command)
    let thread = Threads.withMemory(of: number)
    if thread == nil, Threads.isOfTheKernel(number) { throw InspectionError.noMemory(name) }
    let folder = FilePath("/proc/\(thread ?? number)")
    memory = try Self.open("mem", in: folder, name)
    do {
      pagemap = try Self.open("pagemap", in: folder, name)
    } catch {
      try? memory.close()
      throw error
    }
  }

  private static func name(_ number: Int32, _ command: String) -> String { "process \(number) (\(command))" }

  deinit {
    try? memory.close()
    try? pagemap.close()
  }

  /// Where the system tells of its memory.
  private static func folder(of number: Int32) -> FilePath {
    FilePath("/proc/\(Threads.withMemory(of: number) ?? number)")
  }

  private static func open(_ file: String, in folder: FilePath, _ name: String) throws -> FileDescriptor {
    do {
      return try FileDescriptor.open(folder.appending(file), .readOnly, options: .closeOnExec)
    } catch Errno.noSuchFileOrDirectory, Errno.noSuchProcess {
      throw InspectionError.gone(name)
    } catch Errno.permissionDenied, Errno.notPermitted {
      throw InspectionError.notPermitted(name, hint: Permission.hint(isOwn: isOwn(folder)))
    } catch {
      throw InspectionError.unreadable(name, "\(folder.appending(file)): \(error)")
    }
  }

  /// Whether the process of a folder is of the same user. One that is privileged counts as root's.
  private static func isOwn(_ folder: FilePath) -> Bool {
    var status = stat()
    return stat(folder.string, &status) == 0 && status.st_uid == geteuid()
  }

  public func mappings() throws -> [Mapping] {
    // The file of a thread that is gone is empty, or no longer there: another one of the process may have it.
    for _ in 0..<3 {
      let text = try? FileDescriptor.readAll(Self.folder(of: number).appending("maps"))
      guard let text, !text.isEmpty else { continue }
      let lines = String(decoding: text, as: UTF8.self).utf8.split(separator: UInt8(ascii: "\n"))
      return lines.compactMap { Mapping(line: Substring($0)) }
    }
    throw InspectionError.gone(name)
  }

  public func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var count = 0
    while count < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      do {
        let some = try memory.read(fromAbsoluteOffset: Int64(bitPattern: UInt64(address) + UInt64(count)), into: rest)
        if some == 0 { throw InspectionError.gone(name) }
        count += some
      } catch Errno.ioError, Errno.badAddress {
        return count
      } catch Errno.noSuchProcess {
        throw InspectionError.gone(name)
      } catch let error as Errno {
        throw InspectionError.unreadable(name, "\(error)")
      }
    }
    return count
  }

  public func isRunning() throws -> Bool { !isAtEnd && Threads.of(number).contains(where: Threads.isRunning) }

  public func pageStates(_ range: Range<UInt>) throws -> [PageState]? {
    let count = range.count / Int(pageSize)
    var entries = [UInt64](repeating: 0, count: count)
    let bytes = try entries.withUnsafeMutableBytes { buffer in
      let offset = Int64(range.lowerBound / pageSize) * 8
      var count = 0
      while count < buffer.count {
        let some = try memory(pagemap, offset + Int64(count), UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        if some == 0 { break }
        count += some
      }
      return count
    }
    if bytes < count * 8 { throw InspectionError.gone(name) }
    var hasZero = false
    var states = entries.map { entry in
      if entry >> 63 != 0 {
        // The page of zeroes is neither a file's nor this process's alone; nor is what a fork shares.
        if entry >> 61 & 1 == 0 && entry >> 56 & 1 == 0 { hasZero = true }
        return PageState.resident
      }
      return entry >> 62 & 1 != 0 ? .swapped : []
    }
    if hasZero { mark(QUARRY_PAGE_IS_ZERO, range) { states[$0] = .zero } }
    if !states.isEmpty { mark(QUARRY_PAGE_IS_HUGE, range) { states[$0].insert(.huge) } }
    return states
  }

  private func memory(_ file: FileDescriptor, _ offset: Int64, _ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    do {
      return try file.read(fromAbsoluteOffset: offset, into: buffer)
    } catch let error as Errno {
      throw InspectionError.unreadable(name, "pagemap: \(error)")
    }
  }

  /// Visits the pages of a range, by number, of which the system says something.
  private func mark(_ category: Int32, _ range: Range<UInt>, _ visit: (Int) -> Void) {
    var ranges = [quarry_page_range](repeating: quarry_page_range(), count: 512)
    var start = UInt64(range.lowerBound)
    while start < range.upperBound {
      var walked: UInt64 = 0
      let found = quarry_page_ranges(
        pagemap.rawValue, UInt64(category), start, UInt64(range.upperBound), &ranges, ranges.count, &walked)
      if found < 0 || walked <= start { return }
      for part in ranges.prefix(found) {
        for address in stride(from: UInt(part.start), to: UInt(part.end), by: Int(pageSize)) {
          visit(Int((address - range.lowerBound) / pageSize))
        }
      }
      start = walked
    }
  }
}

enum Permission {
  /// What would permit the reading, by the system's setting.
  /// - Parameters:
  ///   - isOwn: whether the process is of the user who wants to read it.
  ///   - isRoot: whether that is root, who may all but in a container that keeps it from that.
  static func hint(
    isOwn: Bool, isRoot: Bool = geteuid() == 0,
    scope: String? = (try? FileDescriptor.readAll("/proc/sys/kernel/yama/ptrace_scope")).map {
      String(decoding: $0, as: UTF8.self).trimmed
    }
  ) -> String {
    switch scope {
    case "1" where isOwn:
      "kernel.yama.ptrace_scope is 1, which allows a process to be read by its parents and root alone: "
        + "run as root, or start the program with QUARRY_OPTIONS=inspect=any"
    case "2": "kernel.yama.ptrace_scope is 2, which allows root alone: run as root"
    case "3": "kernel.yama.ptrace_scope is 3, which allows nobody until the next boot: take a core file instead"
    default:
      "it belongs to another user or is privileged: "
        + (isRoot
          ? "root needs CAP_SYS_PTRACE for that, which it lacks here: run as that user"
          : "run as that user, or as root")
    }
  }
}

extension FileDescriptor {
  /// The whole content of a file whose size the system does not tell, as in /proc.
  package static func readAll(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    return try file.closeAfter {
      try withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { piece in
        var content: [UInt8] = []
        while true {
          let count = try file.read(into: piece)
          if count == 0 { return content }
          content += piece[..<count]
        }
      }
    }
  }
}

extension String {
  var trimmed: String { String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
}
