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

  /// The kernel maps what lies around each page of the text that is touched, so what ordinary programs call has to lie
  /// side by side. Where the text begins varies, and with it what is around a page.
  @Test func littleOfItsTextIsResident() throws {
    let sizes = try (0..<9).map { _ in try residentText() }.sorted()
    #expect(sizes[4] <= 128, "resident, in KiB: \(sizes); scripts/symbol-order puts functions in order")
  }

  /// KiB of the library's text that are resident in a small program.
  private func residentText() throws -> Int {
    let outcome = try Command(
      Tools.find("cat", package: "coreutils"), ["/proc/self/smaps"], environment: Library.preloaded()
    ).run()
    let lines = outcome.outputLines
    guard let text = lines.firstIndex(where: { $0.contains(" r-xp ") && $0.hasSuffix("/libquarry.so") }),
      let size = lines[text...].first(where: { $0.hasPrefix("Rss:") }),
      let resident = Int(size.split(separator: " ")[1])
    else { throw Failure("no text of the library in \(outcome)") }
    return resident
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
