// CgroupLimit: the memory that the process's cgroups allow it, versions 1 and 2: the smallest limit of its own group and of
// those above it. Within a container the group's path may not exist where the container sees its own group as the root:
// then the root's files are read.
import CShim
import Units

enum CgroupLimit {
  static func read() -> UInt? {
    let groups: StaticString = "/proc/self/cgroup"
    let root: StaticString = "/sys/fs/cgroup"
    return read(groups: groups.characters, root: root.characters)
  }

  /// Bytes; nil when nothing limits them.
  /// - Parameters: where the process's groups are listed, and where the groups are mounted.
  static func read(groups: UnsafePointer<CChar>, root: UnsafePointer<CChar>) -> UInt? {
    var lines = Text()
    if !lines.read(groups) { return nil }
    var limit: UInt?
    var start = 0
    while start < lines.count {
      var end = start
      while end < lines.count && lines[end] != 10 { end &+= 1 }
      if let found = limitOfLine(lines, start, end, root: root) { limit = min(limit ?? found, found) }
      start = end &+ 1
    }
    return limit
  }

  /// A line is number:controllers:path; version 2 has number 0 and no controllers.
  private static func limitOfLine(
    _ lines: borrowing Text, _ start: Int, _ end: Int, root: UnsafePointer<CChar>
  ) -> UInt? {
    var first = start
    while first < end && lines[first] != 58 { first &+= 1 }
    var second = first &+ 1
    while second < end && lines[second] != 58 { second &+= 1 }
    if second >= end { return nil }
    let isUnified = second == first &+ 1
    if !isUnified && !names(lines, first &+ 1, second, "memory") { return nil }
    let file: StaticString = isUnified ? "/memory.max" : "/memory.limit_in_bytes"
    var limit: UInt?
    // The group itself, then each one above it.
    var length = end &- second &- 1
    while length >= 0 {
      var path = Text()
      path.append(characters: root)
      if !isUnified { path.append("/memory") }
      if !(length == 1 && lines[second &+ 1] == 47) {
        for index in 0..<length { path.append(lines[second &+ 1 &+ index]) }
      }
      path.append(file)
      if let found = number(in: path) { limit = min(limit ?? found, found) }
      if length == 0 { break }
      length &-= 1
      while length > 0 && lines[second &+ 1 &+ length] != 47 { length &-= 1 }
    }
    return limit
  }

  /// Whether a list of names, separated by commas, has this one.
  private static func names(_ text: borrowing Text, _ start: Int, _ end: Int, _ name: StaticString) -> Bool {
    var from = start
    while from < end {
      var to = from
      while to < end && text[to] != 44 { to &+= 1 }
      if to &- from == name.utf8CodeUnitCount {
        var same = true
        for index in 0..<(to &- from) where text[from &+ index] != name.utf8Start[index] { same = false }
        if same { return true }
      }
      from = to &+ 1
    }
    return false
  }

  /// The number in a file; nil for "max", for numbers that no process could have, and where there is no file.
  private static func number(in path: borrowing Text) -> UInt? {
    var text = Text()
    if !text.read(path) || text.count == 0 { return nil }
    var value: UInt = 0
    for index in 0..<text.count {
      let digit = text[index] &- 48
      if digit > 9 { break }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = shifted &+ UInt(digit)
    }
    return value == 0 || value > 1 << 52 ? nil : value
  }
}

/// A small file, or a path, without allocating: what is beyond its end is left out.
private struct Text: ~Copyable {
  private var bytes: InlineArray<2048, UInt8> = InlineArray(repeating: 0)
  private(set) var count = 0

  subscript(_ index: Int) -> UInt8 { bytes[index] }

  mutating func append(_ byte: UInt8) {
    // One place is kept for the zero that ends a path.
    if count < 2047 {
      bytes[count] = byte
      count &+= 1
    }
  }

  mutating func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { append(text.utf8Start[index]) }
  }

  mutating func append(characters: UnsafePointer<CChar>) {
    var index = 0
    while characters[index] != 0 {
      append(UInt8(bitPattern: characters[index]))
      index &+= 1
    }
  }

  mutating func read(_ path: borrowing Text) -> Bool {
    withUnsafePointer(to: path.bytes) { read(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) }
  }

  mutating func read(_ path: UnsafePointer<CChar>) -> Bool {
    let got = withUnsafeMutablePointer(to: &bytes) {
      quarry_sys_read_file(path, UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self), 2047)
    }
    if got < 0 { return false }
    count = Int(got)
    return true
  }
}

extension StaticString {
  /// As C takes it.
  var characters: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
