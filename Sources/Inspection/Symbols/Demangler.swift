// Demangler: names as people write them, of C++, Rust and Swift functions. The languages' own libraries do it, which come
// with Swift's.

import CInspection
import Glibc

enum Demangler {
  /// - Returns: the name itself where it is not mangled.
  static func demangle(_ name: String) -> String {
    if name.hasPrefix("_Z") { return cxx(name).map(withoutHash) ?? name }
    if name.hasPrefix("$s") || name.hasPrefix("$S") { return swift(name) ?? name }
    return name
  }

  private static func cxx(_ name: String) -> String? { text(__cxa_demangle(name, nil, nil, nil)) }

  private static func swift(_ name: String) -> String? { text(swift_demangle(name, name.utf8.count, nil, nil, 0)) }

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
