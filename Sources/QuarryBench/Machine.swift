// The machine that the figures come from, and whether something else is busy on it.

import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What a reader of the figures needs to know about the machine.
struct Machine: Codable {
  var processor: String
  var processors: Int
  var memoryMiB: Int
  var kernel: String
  var system: String
  var hugePages: String

  static func current() -> Machine {
    Machine(
      processor: field("model name", in: "/proc/cpuinfo") ?? "unknown",
      processors: ProcessInfo.processInfo.activeProcessorCount,
      memoryMiB: Int(ProcessInfo.processInfo.physicalMemory >> 20),
      kernel: text("/proc/sys/kernel/osrelease"),
      system: (field("PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "unknown")
        .trimmingCharacters(in: CharacterSet(charactersIn: "\"")),
      hugePages: selected(in: text("/sys/kernel/mm/transparent_hugepage/enabled")))
  }

  /// The C library's version: `2.36`.
  static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: 64)
    guard confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count) > 0 else { return "" }
    return String(
      text.prefix { $0 != 0 }.map { Character(UnicodeScalar(UInt8(bitPattern: $0))) }.drop { $0 != " " }
        .dropFirst())
  }

  /// The load average of the last minute.
  static var load: Double {
    text("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) } ?? 0
  }

  private static func text(_ path: String) -> String {
    let contents = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return contents.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func field(_ name: String, in path: String, separator: Character = ":") -> String? {
    for line in text(path).split(separator: "\n") where line.hasPrefix(name) {
      guard let middle = line.firstIndex(of: separator) else { continue }
      return line[line.index(after: middle)...].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The word in brackets: `always [madvise] never`.
  private static func selected(in choices: String) -> String {
    guard let open = choices.firstIndex(of: "["), let close = choices.firstIndex(of: "]") else {
      return choices
    }
    return String(choices[choices.index(after: open)..<close])
  }
}

/// Processor time that all processes of the machine used up to a moment.
struct ProcessorTime {
  /// Seconds in which a processor was not idle, as /proc/stat counts them.
  var busy: Double
  /// Seconds that this process and all its ended children used.
  var own: Double

  static func now() -> ProcessorTime {
    var own = 0.0
    for who in [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue] {
      var usage = rusage()
      getrusage(who, &usage)
      own += usage.ru_utime.seconds + usage.ru_stime.seconds
    }
    let line =
      (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.split(separator: "\n").first ?? ""
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    // user, nice, system, idle, iowait, irq, softirq, steal: all but the two that wait.
    let busy = ticks.prefix(8).enumerated().filter { $0.offset != 3 && $0.offset != 4 }.map(\.element).reduce(
      0, +)
    return ProcessorTime(busy: busy / Double(sysconf(Int32(_SC_CLK_TCK))), own: own)
  }

  /// Seconds that others used since `earlier`.
  func others(since earlier: ProcessorTime) -> Double {
    max(0, (busy - earlier.busy) - (own - earlier.own))
  }
}

extension timeval {
  var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
