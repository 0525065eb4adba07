// The allocators that a trace can be recorded and replayed over.

import Glibc
import Measuring
import SystemPackage

struct Allocator: Equatable {
  var name: String
  /// The library to preload; nil for the C library's own.
  var library: String?

  static let names = (["quarry", "glibc"] + PeerLibrary.known.map(\.name)).joined(separator: ", ")

  /// - Parameter text: a known name, or the path of a library.
  init(_ text: String) throws {
    name = text
    if text == "glibc" { return }
    if text == "quarry" {
      library = try Library.locate(option: nil)
    } else if let peer = PeerLibrary.known.first(where: { $0.name == text }) {
      guard let found = peer.path() else {
        throw Failure.library("\(text) is not installed: there is no \(peer.file); install it, or leave it out")
      }
      library = found
    } else if text.contains("/") {
      guard let path = realPath(text), !PreloadAlias.isNeeded(for: path) else {
        throw Failure.library("no library at '\(text)' that can be preloaded")
      }
      name = FilePath(text).lastComponent?.string ?? text
      library = path
    } else {
      throw Failure.library("no allocator '\(text)': known are \(Self.names), or give the path of a library")
    }
  }

  /// Reads `quarry,glibc,/path/to/library.so`.
  static func list(_ text: String) throws -> [Allocator] {
    let entries = text.split(separator: ",").map(String.init)
    guard !entries.isEmpty else { throw Failure.library("no allocator given: known are \(names)") }
    return try entries.map(Allocator.init)
  }
}
