// CgroupLimit: the memory that the process's cgroups allow it, versions 1 and 2: the smallest limit of its own group and of
// those above it. Version 2 has two: beyond memory.high the system makes a process wait, beyond memory.max it ends one. A
// heap that stays below both meets neither. Within a container the group's path may not exist where the container
// sees its own group as the root: then the root's files are read.
import CShim
import Platform

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
      lower(&limit, to: limitOfLine(lines, start, end, root: root))
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
    var limit: UInt?
    // The group itself, then each one above it.
    var length = end &- second &- 1
    while length >= 0 {
      var group = Text()
      group.append(characters: root)
      if !isUnified { group.append("/memory") }
      if !(length == 1 && lines[second &+ 1] == 47) {
        for index in 0..<length { group.append(lines[second &+ 1 &+ index]) }
      }
      if isUnified {
        lower(&limit, to: number("/memory.max", in: &group))
        lower(&limit, to: number("/memory.high", in: &group))
      } else {
        lower(&limit, to: number("/memory.limit_in_bytes", in: &group))
      }
      if length == 0 { break }
      length &-= 1
      while length > 0 && lines[second &+ 1 &+ length] != 47 { length &-= 1 }
    }
    return limit
  }

  private static func lower(_ limit: inout UInt?, to other: UInt?) {
    if let other { limit = min(limit ?? other, other) }
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

  /// The number in a group's file; nil for "max", for numbers that no process could have, and where there is no file.
  private static func number(_ file: StaticString, in group: inout Text) -> UInt? {
    let length = group.count
    group.append(file)
    defer { group.cut(to: length) }
    var text = Text()
    if !text.read(group) || text.count == 0 { return nil }
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

/// A small file, or a path, in pages of its own, since stacks may be small: what is beyond its end is left out.
private struct Text: ~Copyable {
  /// Bytes: a process in a dozen groups of version 1, as container managers name them, needs some 3,000 to list them.
  private static var capacity: Int { 16 << 10 }

  /// nil when there is no memory: the text stays empty then.
  private let bytes: UnsafeMutablePointer<UInt8>?
  private(set) var count = 0

  init() { bytes = System.map(bytes: UInt(Self.capacity)).flatMap { UnsafeMutablePointer(bitPattern: $0) } }
  deinit { if let bytes { System.unmap(UInt(bitPattern: bytes), bytes: UInt(Self.capacity)) } }

  subscript(_ index: Int) -> UInt8 { bytes.unsafelyUnwrapped[index] }

  mutating func append(_ byte: UInt8) {
    // One place is kept for the zero that ends a path.
    if let bytes, count < Self.capacity &- 1 {
      bytes[count] = byte
      count &+= 1
    }
  }

  mutating func cut(to length: Int) {
    while count > length {
      count &-= 1
      bytes.unsafelyUnwrapped[count] = 0
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
    guard let name = path.bytes else { return false }
    return name.withMemoryRebound(to: CChar.self, capacity: path.count &+ 1) { read($0) }
  }

  mutating func read(_ path: UnsafePointer<CChar>) -> Bool {
    guard let bytes else { return false }
    let got = bytes.withMemoryRebound(to: CChar.self, capacity: Self.capacity) {
      quarry_sys_read_file(path, $0, Self.capacity &- 1)
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
