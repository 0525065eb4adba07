// LD_PRELOAD cannot hold every path: blanks and colons separate its entries and '$' begins a substitution. A
// library at such a path is preloaded through a symbolic link in a directory of the user's. The link stays,
// since programs that outlive the command go on using it.

import Glibc

enum PreloadAlias {
  static func isNeeded(for path: String) -> Bool {
    path.contains { " :$\t\n".contains($0) }
  }

  /// Name of the link: the same for the same path, so that their number stays that of the libraries.
  static func name(for path: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let hexadecimal = String(hash, radix: 16)
    return "libquarry-\(hexadecimal).so"
  }

  static func make(for path: String) throws -> String {
    let parents = [environmentValue("TMPDIR"), "/tmp"].compactMap(\.self)
    let directory = "\(parents.first { $0.hasPrefix("/") && !isNeeded(for: $0) } ?? "/tmp")/quarry-\(getuid())"
    try prepare(directory, for: path)
    let link = "\(directory)/\(name(for: path))"
    if realPath(link) == realPath(path) { return link }
    // Made aside and renamed, so that another process never meets a missing or half-made link.
    let fresh = "\(link).\(getpid())"
    guard symlink(path, fresh) == 0, rename(fresh, link) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(fresh)
      throw failure(path, "\(link) cannot be made: \(reason)")
    }
    return link
  }

  /// Others may follow links in the directory, which nobody else may write: what is preloaded runs with our
  /// rights.
  private static func prepare(_ directory: String, for path: String) throws {
    mkdir(directory, 0o755)
    var status = stat()
    guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(),
      status.st_mode & 0o022 == 0
    else {
      throw failure(path, "\(directory) is not a directory that you alone can write")
    }
  }

  private static func failure(_ path: String, _ reason: String) -> Failure {
    Failure.library(
      "LD_PRELOAD cannot hold the path '\(path)', and \(reason); move the library to one without ' ', ':' and '$'"
    )
  }
}
