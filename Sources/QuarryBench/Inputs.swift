// The inputs of real programs: made once, the same on each machine, below .build/bench-inputs.

import Foundation

/// The folder of inputs, and the tools that make and use them.
struct Inputs {
  /// Where inputs are written.
  var folder: String
  /// Where the scripts and sources lie that belong to this tool.
  var sources: String

  /// Changes whenever an input changes, so that old ones are made anew.
  private static let version = "1"

  /// Makes the folder, or empties one that an older version of this tool filled.
  init(folder: String, sources: String) throws {
    self.folder = folder
    self.sources = sources
    let stamp = "\(folder)/version"
    if (try? String(contentsOfFile: stamp, encoding: .utf8)) == Self.version { return }
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.version.write(toFile: stamp, atomically: true, encoding: .utf8)
  }

  /// A file that belongs to this tool.
  func source(_ name: String) -> String { "\(sources)/\(name)" }

  /// The file `name`; `make` writes it to the path that it is given, if it is not there yet.
  func made(_ name: String, _ make: (String) throws -> Void) throws -> String {
    let path = "\(folder)/\(name)"
    if FileManager.default.fileExists(atPath: path) { return path }
    // Under another name until it is whole, so that an interrupted run leaves nothing half made.
    let unfinished = "\(folder)/unfinished-\(name)"
    try? FileManager.default.removeItem(atPath: unfinished)
    try make(unfinished)
    try FileManager.default.moveItem(atPath: unfinished, toPath: path)
    return path
  }

  /// The path of a program, of the first of `names` that is installed.
  func tool(_ names: String...) throws -> String {
    for name in names {
      for folder in ["/usr/bin", "/usr/local/bin", "/bin"] {
        let path = "\(folder)/\(name)"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
      }
    }
    throw BenchError("\(names[0]) is not installed")
  }
}

/// A fixed sequence of numbers (SplitMix64).
struct FixedRandom {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((value ^ (value >> 31)) >> 33) % bound
  }

  mutating func shuffled(_ count: Int) -> [Int] {
    var all = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { all.swapAt(index, below(index + 1)) }
    return all
  }
}
