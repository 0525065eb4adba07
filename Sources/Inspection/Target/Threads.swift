// Threads: which threads a process has, and by which of them /proc tells of its memory.

import SystemPackage

public enum Threads {
  /// The numbers of a process's threads; none when it is gone.
  public static func of(_ process: Int32) -> [Int32] { Folder.numbers(FilePath("/proc/\(process)/task")) }

  /// The thread in whose folder the system tells of the process's memory: the first one, whose number is the process's, or
  /// one that lives where that one has ended before the others.
  /// - Returns: nil when none has memory: the process has ended, or is the kernel's.
  public static func withMemory(of process: Int32) -> Int32? {
    hasMemory(process) ? process : of(process).first(where: hasMemory)
  }

  /// The process of a thread, and how many threads that has, those included that have ended and that nobody waited for.
  /// - Returns: nil when the thread is gone.
  /// - Complexity: a few system calls, however many threads there are.
  public static func group(of thread: Int32) -> (process: Int32, count: Int)? {
    guard let text = try? FileDescriptor.readAll(FilePath("/proc/\(thread)/status")) else { return nil }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    func number(_ name: String) -> Int32? {
      lines.first { $0.hasPrefix(name) }.flatMap { Int32(String($0.dropFirst(name.count)).trimmed) }
    }
    guard let process = number("Tgid:"), let count = number("Threads:"), count > 0 else { return nil }
    return (process, Int(count))
  }

  /// Whether a thread has ended, though the system still knows it: as the first one does until the others have, too.
  static func hasEnded(_ thread: Int32) -> Bool { ["Z", "X", nil].contains(facts(thread).first) }

  /// When it began, in clock ticks after boot; nil when it is gone.
  static func start(of thread: Int32) -> UInt64? {
    let facts = facts(thread)
    return facts.count > 19 ? UInt64(facts[19]) : nil
  }

  /// Whether it is running, or ready to.
  static func isRunning(_ thread: Int32) -> Bool { facts(thread).first == "R" }

  /// Whether a thread that is stopped was in a system call, rather than in its own code.
  static func stoppedInCall(_ thread: Int32) -> Bool {
    guard let call = try? FileDescriptor.readAll(FilePath("/proc/\(thread)/syscall")) else { return false }
    return call.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  /// Whether it runs nothing but the kernel's code.
  static func isOfTheKernel(_ thread: Int32) -> Bool {
    let facts = facts(thread)
    return facts.count > 6 && (UInt32(facts[6]) ?? 0) & kernelFlag != 0
  }
  /// PF_KTHREAD.
  private static let kernelFlag: UInt32 = 0x20_0000

  private static func hasMemory(_ thread: Int32) -> Bool {
    guard let pages = try? FileDescriptor.readAll(FilePath("/proc/\(thread)/statm")) else { return false }
    return !pages.isEmpty && !pages.starts(with: [UInt8(ascii: "0")])
  }

  /// What the system says of a thread in numbers, the state first; nothing when it is gone.
  private static func facts(_ thread: Int32) -> [Substring] {
    // They follow the name in parentheses, which may contain anything.
    guard let line = try? FileDescriptor.readAll(FilePath("/proc/\(thread)/stat")),
      let end = line.lastIndex(of: UInt8(ascii: ")"))
    else { return [] }
    return String(decoding: line[(end + 1)...], as: UTF8.self).split(separator: " ")
  }
}
