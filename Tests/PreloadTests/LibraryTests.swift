// What the shared library shows to the dynamic linker, and what it asks of it.

import Foundation
import TestSupport
import Testing

@Suite("Shared library")
struct LibraryTests {
  /// The names of the C interface that it serves; C++ operators and names of its own come on top.
  private static let family: Set = [
    "malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "memalign",
    "valloc",
    "pvalloc", "malloc_usable_size", "cfree", "free_sized", "free_aligned_sized", "malloc_trim", "mallinfo",
    "mallinfo2", "malloc_stats", "malloc_info", "mallopt", "dlopen",
  ]

  /// Anything else would interpose a program's own names: swift_retain of Swift programs, for one.
  @Test func exportsItsPublicNamesAlone() throws {
    let names = try lines("nm", ["-D", "--defined-only", "--format=posix"]).map {
      $0.prefix { $0 != " " && $0 != "@" }
    }
    let others = names.filter { name in
      !LibraryTests.family.contains(String(name)) && !isOperator(name) && !name.hasPrefix("quarry_")
    }
    #expect(others.isEmpty)
    #expect(LibraryTests.family.subtracting(names.map(String.init)).isEmpty)
  }

  @Test func needsLibcAlone() throws {
    let needed = try lines("readelf", ["-dW"]).filter { $0.contains("(NEEDED)") }
    #expect(!needed.isEmpty)
    for line in needed { #expect(line.contains("[libc.so.6]") || line.contains("[ld-linux-"), "\(line)") }
  }

  /// Distributions that are still served have glibc 2.17; a newer version of a symbol shuts them out.
  @Test func needsNoNewSymbolVersions() throws {
    let undefined = try lines("nm", ["-D", "--undefined-only"]).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(!undefined.isEmpty)
    for symbol in undefined {
      guard let version = symbol.range(of: "@GLIBC_2.") else { continue }
      let minor = symbol[version.upperBound...].prefix { $0.isNumber }
      #expect(Int(minor).map { $0 <= 17 } == true, "\(symbol)")
    }
  }

  /// Static TLS is scarce when a library is opened late.
  @Test func keepsThreadLocalStateSmall() throws {
    let segments = try lines("readelf", ["-lW"])
    let sizes = segments.filter { $0.contains(" TLS ") }.compactMap { line in
      line.split(separator: " ").dropFirst(5).first.flatMap { Int($0.dropFirst(2), radix: 16) }
    }
    #expect(sizes.count == 1 && sizes[0] <= 64, "\(sizes)")
  }

  @Test func hasNoExecutableDataAndIsNeverUnloaded() throws {
    let segments = try lines("readelf", ["-lW"])
    #expect(segments.contains { $0.contains("GNU_STACK") })
    #expect(!segments.contains { $0.contains("RWE") })
    #expect(try lines("readelf", ["-dW"]).contains { $0.contains("FLAGS_1") && $0.contains("NODELETE") })
  }

  /// The kernel maps what lies around each page of the text that is touched, so what small programs call has to lie side
  /// by side: `scripts/symbol-order` writes the order anew.
  @Test func whatASmallProgramCallsLiesSideBySide() throws {
    let costs = try Callgrind.costs(of: Tools.find("sort", package: "coreutils"), ["/etc/passwd"])
    // Few programs are given options, as this one is.
    let called = costs.keys.filter { !$0.contains("7Options") }
    let places = try called.compactMap(functions())
    #expect(places.count > 40 && places.count > called.count / 2, "\(called)")
    guard let first = places.map(\.lowerBound).min(), let last = places.map(\.upperBound).max() else { return }
    #expect(last - first <= 64 << 10, "\(places.count) functions lie in \(last - first) bytes")
  }

  /// Where each function of the library lies.
  private func functions() throws -> (String) -> Range<Int>? {
    var places: [String: Range<Int>] = [:]
    for line in try lines("nm", ["--print-size"]) {
      let parts = line.split(separator: " ")
      guard parts.count == 4, let start = Int(parts[0], radix: 16) else { continue }
      places[String(parts[3])] = start..<start + (Int(parts[1], radix: 16) ?? 0)
    }
    return { places[$0] }
  }

  private func isOperator(_ name: Substring) -> Bool {
    ["_Znw", "_Zna", "_Zdl", "_Zda"].contains { name.hasPrefix($0) }
  }

  private func lines(_ tool: String, _ arguments: [String]) throws -> [String] {
    let outcome = try Command(Tools.find(tool, package: "binutils"), arguments + [Library.path()]).run()
    guard outcome.ending == .exit(0) else { throw Failure("\(tool) failed: \(outcome)") }
    return outcome.outputLines
  }
}
