// PerfMap: the names of functions that a program compiled while it ran, as runtimes write them for perf (Linux,
// tools/perf/Documentation/jit-interface.txt): a line `START SIZE NAME` each, numbers in hexadecimal.

import Glibc
import SystemPackage

struct PerfMap {
  private var functions: [(range: Range<UInt>, name: String)] = []

  init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count == 3, let start = UInt(words[0], radix: 16), let bytes = UInt(words[1], radix: 16),
        bytes > 0, start <= UInt.max - bytes
      else { continue }
      functions.append((start..<(start + bytes), String(words[2])))
    }
    // Where code was replaced, the later line is right; sorting keeps their order.
    functions.sort { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// The map of a process, empty when there is none. Anybody may write to /tmp, so a map counts only if it is the
  /// process's owner's or root's.
  init(process: Int32) {
    var (file, folder) = (stat(), stat())
    let path = "/tmp/perf-\(process).map"
    guard lstat(path, &file) == 0, stat("/proc/\(process)", &folder) == 0, file.st_mode & S_IFMT == S_IFREG,
      file.st_uid == folder.st_uid || file.st_uid == 0, let text = try? FileDescriptor.readAll(FilePath(path))
    else {
      self.init(text: "")
      return
    }
    self.init(text: String(decoding: text, as: UTF8.self))
  }

  func name(at address: UInt) -> String? {
    guard let function = functions.last(atOrBelow: address, \.range.lowerBound), function.range.contains(address)
    else { return nil }
    return function.name
  }
}
