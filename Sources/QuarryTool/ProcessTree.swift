// ProcessTree: a command's process and those that it started, and they in turn, as /proc shows them. No process is
// stopped for that; one that lives for less than the time between two looks may go unseen.

import CInspection
import Glibc
import Inspection
import SystemPackage

struct ProcessTree {
  struct Member {
    let number: pid_t
    /// Bytes.
    let resident: Int
  }

  /// Those that run, in the order in which they were found.
  private(set) var members: [Member] = []
  /// How many there ever were.
  private(set) var seen = 0

  /// Looks which there are now.
  /// - Parameter root: the command's process.
  /// - Complexity: a few system calls a thread.
  mutating func update(from root: pid_t) {
    let before = Set(members.map(\.number))
    var found = [root] + members.map(\.number).filter { $0 != root }
    var known = Set(found)
    // It grows while it is walked.
    var place = 0
    while place < found.count {
      for child in ProcessFiles.children(of: found[place]) where !known.contains(child) {
        // Until it becomes another program, what was started by vfork works in its parent's memory.
        if ProcessFiles.sharesMemory(child, found[place]) { continue }
        found.append(child)
        known.insert(child)
      }
      place += 1
    }
    // Who has ended and was not waited for yet has no memory.
    members = found.compactMap { number in
      ProcessFiles.resident(of: number).map { Member(number: number, resident: $0) }
    }
    seen += members.count { !before.contains($0.number) }
  }
}

/// What /proc says of a process, by a thread that has its memory.
enum ProcessFiles {
  /// Resident bytes; nil when it has ended.
  static func resident(of process: pid_t) -> Int? {
    guard let thread = Threads.withMemory(of: process) else { return nil }
    let words = text("/proc/\(thread)/statm").split(separator: " ")
    guard words.count > 1, let pages = Int(words[1]), pages > 0 else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The most bytes that it had resident since it became the program that it is; 0 when it has ended.
  static func highWater(of process: pid_t) -> Int {
    guard let thread = Threads.withMemory(of: process) else { return 0 }
    let line = text("/proc/\(thread)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first).flatMap { Int($0) }.map { $0 << 10 } ?? 0
  }

  /// Its command line, with blanks between the words; empty when it has ended.
  static func command(of process: pid_t) -> String {
    guard let thread = Threads.withMemory(of: process) else { return "" }
    return text("/proc/\(thread)/cmdline").split(separator: "\0").joined(separator: " ")
  }

  /// Processes that its threads have started and that still are its.
  static func children(of process: pid_t) -> [pid_t] {
    Threads.of(process).flatMap { thread in
      text("/proc/\(process)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
    }
  }

  /// Whether two processes have one memory, as between vfork and exec.
  static func sharesMemory(_ process: pid_t, _ other: pid_t) -> Bool {
    guard let one = Threads.withMemory(of: process), let two = Threads.withMemory(of: other) else { return false }
    return quarry_shares_memory(one, two) != 0
  }

  /// A file, of which the system gives no more than a page at a time; empty when it cannot be read.
  private static func text(_ path: String) -> String {
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return "" }
    defer { try? file.close() }
    return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
      var bytes: [UInt8] = []
      while let count = try? file.read(into: buffer), count > 0 { bytes += buffer[..<count] }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
