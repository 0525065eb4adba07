// Scratch: files that live as long as the test run at most.

import Foundation

public enum Scratch {
  /// One folder for the whole run, removed when the runner ends.
  static let root: String = {
    let parent = Command.plainEnvironment["TMPDIR"] ?? "/tmp"
    guard let root = try? makeFolder(in: parent, prefix: "quarry-tests-") else {
      fatalError("cannot make a folder in \(parent)")
    }
    atexit { Scratch.remove(Scratch.root) }
    return root
  }()

  /// A new, empty folder, which programs that run as another user can enter too.
  public static func folder() throws -> String { try makeFolder(in: root, prefix: "") }

  /// Makes a folder whose parent exists, unless it is there.
  public static func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  public static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  public static func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  }

  /// The file as text; bytes that are no UTF-8 are replaced.
  public static func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  private static func makeFolder(in parent: String, prefix: String) throws -> String {
    let path = "\(parent)/\(prefix)\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    return path
  }
}
