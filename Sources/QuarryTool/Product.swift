// Product: files that are built, and installed, along with this tool.

import Glibc
import SystemPackage

enum Product {
  /// Finds a file beside this tool or in ../lib.
  /// - Returns: its path; of a library, one that LD_PRELOAD can hold.
  static func path(_ file: String) throws -> String {
    guard let tool = realPath("/proc/self/exe") else { throw Failure.library("/proc must be mounted") }
    let directory = FilePath(tool).removingLastComponent()
    let places = [directory.appending(file), directory.removingLastComponent().appending("lib").appending(file)]
    guard let found = places.first(where: { access($0.string, R_OK) == 0 }) else {
      throw Failure.library("no \(file) at \(places[0]) or \(places[1]): build it with 'swift build -c release'")
    }
    guard file.hasSuffix(".so"), PreloadAlias.isNeeded(for: found.string) else { return found.string }
    return try PreloadAlias.make(for: found.string)
  }
}
