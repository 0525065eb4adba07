// Demangler: names as people write them, of C++, Rust and Swift functions. The languages' own libraries do it, which this
// tool has with Swift's.

import Glibc

enum Demangler {
  /// - Returns: the name itself where it is not mangled.
  static func demangle(_ name: String) -> String {
    if name.hasPrefix("_Z") { return cxx(name).map(withoutHash) ?? name }
    if name.hasPrefix("$s") || name.hasPrefix("$S") { return swift(name) ?? name }
    return name
  }

  private static func cxx(_ name: String) -> String? {
    typealias Function =
      @convention(c) (
        UnsafePointer<CChar>, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Int32>?
      ) -> UnsafeMutablePointer<CChar>?
    return symbol("__cxa_demangle").flatMap { text(unsafeBitCast($0, to: Function.self)(name, nil, nil, nil)) }
  }

  private static func swift(_ name: String) -> String? {
    typealias Function =
      @convention(c) (
        UnsafePointer<CChar>, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
      ) -> UnsafeMutablePointer<CChar>?
    return symbol("swift_demangle").flatMap {
      text(unsafeBitCast($0, to: Function.self)(name, name.utf8.count, nil, nil, 0))
    }
  }

  private static func symbol(_ name: String) -> UnsafeMutableRawPointer? { dlsym(nil, name) }

  private static func text(_ result: UnsafeMutablePointer<CChar>?) -> String? {
    guard let result else { return nil }
    defer { free(result) }
    return String(cString: result)
  }

  /// Rust's older mangling is C++'s with a hash as the last part: `::h` and sixteen digits.
  private static func withoutHash(_ name: String) -> String {
    let tail = name.suffix(19)
    let isHash = tail.hasPrefix("::h") && tail.dropFirst(3).allSatisfy(\.isHexDigit) && tail.count == 19
    return isHash ? String(name.dropLast(19)) : name
  }
}
