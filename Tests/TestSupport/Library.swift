// Library: the built libquarry.so, and the environment that puts it under a program.

import Glibc

public enum Library {
  /// The folder of Package.swift.
  public static let packageRoot: String =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// The library under test: QUARRY_LIBRARY, or that of the package's release build.
  public static func path() throws -> String {
    let chosen = getenv("QUARRY_LIBRARY").map { String(cString: $0) }
    let path = chosen ?? packageRoot + "/.build/release/libquarry.so"
    guard let real = realpath(path, nil) else {
      throw Failure(
        "no library at \(path): run `swift build -c release` first, or set QUARRY_LIBRARY to its path")
    }
    defer { free(real) }
    return String(cString: real)
  }

  /// What a compiler needs to know for a program that uses the public headers and links with the library.
  public static func linking() throws -> [String] {
    let folder = try path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return [
      "-I", packageRoot + "/CShim/include", "-L\(folder)", "-Wl,--no-as-needed", "-lquarry", "-Wl,-rpath,\(folder)",
    ]
  }

  /// An environment in which programs allocate from the library.
  public static func preloaded(
    options: String? = nil, over environment: [String: String] = Command.plainEnvironment
  ) throws -> [String: String] {
    var environment = environment
    environment["LD_PRELOAD"] = try path()
    environment["QUARRY_OPTIONS"] = options
    return environment
  }
}
