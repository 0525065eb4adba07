// A line of /proc/PID/maps: `start-end perms offset device inode path`.

extension Mapping {
  /// - Returns: nil when it is no such line.
  init?(line: Substring) {
    // By bytes, which is several times as fast as by characters: hundreds of lines are read for each look at a process.
    let words = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 5).map { Substring($0) }
    guard words.count >= 5, let dash = words[0].utf8.firstIndex(of: UInt8(ascii: "-")),
      let start = UInt(words[0][..<dash], radix: 16),
      let end = UInt(words[0][words[0].index(after: dash)...], radix: 16), start <= end,
      let offset = UInt64(words[2], radix: 16)
    else { return nil }
    self.init(
      range: start..<end, isReadable: words[1].hasPrefix("r"), isWritable: words[1].dropFirst().hasPrefix("w"),
      isExecutable: words[1].dropFirst(2).hasPrefix("x"), isShared: words[1].hasSuffix("s"), offset: offset,
      // Blanks fill up to a column; a file's name may have some of its own.
      path: words.count > 5 ? String(words[5].drop { $0 == " " }) : "")
  }
}
