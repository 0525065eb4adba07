// Tools: compilers and other programs that tests need. A missing one is a failure that names its package.

import Glibc
import Synchronization

public enum Tools {
  /// The first of `names` that is in PATH.
  public static func find(_ names: String..., package: String) throws -> String {
    let folders = (Command.plainEnvironment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    for name in names {
      for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
    }
    throw Failure("\(names.joined(separator: " or ")) not found: install the package \(package)")
  }

  /// Compiles one C (`.c`) or C++ (`.cc`) file. Each source is compiled once for the same flags, however many
  /// tests ask for it.
  /// - Parameter package: what to install when it does not compile for want of something, for the message.
  /// - Returns: the path of the program, or of the shared object if the flags say `-shared`.
  public static func compile(_ source: String, flags: [String] = [], package: String? = nil) throws -> String {
    let product = products.withLock { products in
      let key = [source] + flags
      if let known = products[key] { return known }
      let new = Product()
      products[key] = new
      return new
    }
    return try product.path.withLock { path in
      if let path { return path }
      let made = try build(source, flags: flags, package: package)
      path = made
      return made
    }
  }

  private static func build(_ source: String, flags: [String], package: String?) throws -> String {
    let isC = source.hasSuffix(".c")
    let compiler =
      try isC
      ? find("cc", "gcc", "clang", package: "gcc") : find("c++", "g++", "clang++", package: "g++")
    let name = source.split(separator: "/").last!.split(separator: ".").first!
    let product = try Scratch.folder() + "/" + name + (flags.contains("-shared") ? ".so" : "")
    // Without -fno-builtin compilers drop pairs of malloc and free.
    let common = [
      "-O1", "-g", "-fno-builtin", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
      isC ? "-std=gnu17" : "-std=gnu++17",
    ]
    var command = Command(compiler, common + ["-o", product, source, "-pthread", "-ldl"] + flags)
    command.deadline = .seconds(120)
    let outcome = try command.run()
    guard outcome.ending == .exit(0) else {
      let hint = package.map { "\nIs the package \($0) installed?" } ?? ""
      throw Failure("\(source) does not compile: \(outcome)\(hint)")
    }
    return product
  }

  private final class Product: Sendable {
    let path = Mutex<String?>(nil)
  }

  private static let products = Mutex<[[String]: Product]>([:])
}
