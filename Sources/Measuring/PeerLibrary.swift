// PeerLibrary: the allocators that Quarry is compared with, by the names of their libraries.

import FoundationEssentials

public struct PeerLibrary: Equatable, Sendable {
  public let name: String
  /// The name under which distributions install it.
  public let file: String

  /// In the order in which they are shown.
  public static let known = [
    PeerLibrary(name: "jemalloc", file: "libjemalloc.so.2"),
    PeerLibrary(name: "tcmalloc", file: "libtcmalloc_minimal.so.4"),
    PeerLibrary(name: "mimalloc2", file: "libmimalloc.so.2"),
    PeerLibrary(name: "mimalloc3", file: "libmimalloc.so.3"),
    PeerLibrary(name: "snmalloc", file: "libsnmallocshim.so"),
    PeerLibrary(name: "rpmalloc", file: "librpmallocwrap.so"),
    PeerLibrary(name: "hoard", file: "libhoard.so"),
  ]

  /// Debian's name for the folder of this architecture's libraries.
  public static var triplet: String {
    #if arch(arm64)
      "aarch64-linux-gnu"
    #else
      "x86_64-linux-gnu"
    #endif
  }

  /// Where distributions put libraries.
  public static let folders = ["/usr/local/lib", "/usr/lib/\(triplet)", "/usr/lib64", "/usr/lib"]

  /// Its path; nil when it is not installed.
  public func path(in folders: [String] = folders) -> String? {
    folders.map { "\($0)/\(file)" }.first { FileManager.default.fileExists(atPath: $0) }
  }
}
