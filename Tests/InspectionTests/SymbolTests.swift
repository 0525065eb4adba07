// Names of functions: as nm says, from damaged files too, and of code that a runtime compiled.

import Foundation
import TestSupport
import Testing

@testable import Inspection

@Suite("Symbols")
struct SymbolTests {
  private func reader(_ bytes: [UInt8]) -> ELFHeaders.Reader {
    { offset, count in
      guard offset <= UInt64(bytes.count), count <= bytes.count - Int(offset) else { return nil }
      return Bytes(Array(bytes[Int(offset)..<Int(offset) + count]))
    }
  }

  private func program() throws -> (path: String, bytes: [UInt8]) {
    let path = try LiveProgram.compile("sites.cc")
    return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
  }

  @Test func functionsAreNamedAsNmDoes() throws {
    let (path, bytes) = try program()
    let symbols = ELFSymbols(reader(bytes))
    let outcome = try Command(Tools.find("nm", package: "binutils"), ["--defined-only", "-S", path]).run()
    var known = 0
    for line in outcome.outputLines {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, words[2] == "T", let start = UInt64(words[0], radix: 16),
        let bytes = UInt64(words[1], radix: 16)
      else { continue }
      #expect(symbols.name(at: start) == words[3] && symbols.name(at: start + bytes - 1) == words[3], "\(line)")
      known += 1
    }
    #expect(known >= 6, "\(outcome)")
    #expect(symbols.name(at: 0) == nil)
  }

  @Test func theBuildIDIsAsReadelfSays() throws {
    let path = try Tools.compile(
      Library.packageRoot + "/Tests/InspectionTests/Programs/sites.cc", flags: ["-Wl,--build-id=0x0123456789abcdef"])
    let headers = ELFHeaders(reader(Array(try Data(contentsOf: URL(fileURLWithPath: path)))))
    #expect(headers?.buildID == [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef])
    #expect(ELFHeaders(reader(Array("no program".utf8))) == nil)
  }

  /// Damaged anywhere, a file has fewer names or none, and never more than it has bytes for.
  @Test func damagedFilesAreRead() throws {
    let whole = try program().bytes
    let sections = Int(Bytes(whole).load(40, as: UInt64.self))
    var named = 0
    try takeSteps(2000, seed: 5) { random in
      var bytes = whole
      for _ in 0..<random.in(1...4) {
        // The headers and the section headers, where a number means much.
        let place = random.once(in: 2) ? random.below(1024) : sections + random.below(whole.count - sections)
        bytes[min(place, bytes.count - 1)] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.once(in: 5) { bytes.removeLast(random.below(bytes.count)) }
      let symbols = ELFSymbols(reader(bytes))
      if (0x1000..<0x2000).contains(where: { symbols.name(at: $0) == "main" }) { named += 1 }
      _ = ELFHeaders(reader(bytes))?.address(ofOffset: random.next())
    }
    #expect(named > 200, "\(named)")
  }

  @Test func namesAreDemangled() {
    #expect(Demangler.demangle("_ZN4site5smallEv") == "site::small()")
    #expect(Demangler.demangle("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE") == "core::fmt::Write::write_fmt")
    #expect(Demangler.demangle("$sSS6appendyySSF") == "Swift.String.append(Swift.String) -> ()")
    for plain in ["main", "_Zno such name", ""] { #expect(Demangler.demangle(plain) == plain) }
  }

  @Test func compiledCodeIsNamedByThePerfMap() {
    let map = PerfMap(text: "1000 10 first one\n1010 8 second\n1010 8 replaced\nxyz 1 wrong\n2000 0 empty\n\n3000 4")
    #expect(map.name(at: 0x1000) == "first one" && map.name(at: 0x100f) == "first one")
    #expect(map.name(at: 0x1010) == "replaced" && map.name(at: 0x1018) == nil)
    for address in [0, 0xfff, 0x2000, 0x3000, UInt.max] { #expect(map.name(at: address) == nil) }
  }

  /// Anybody may write such a map: one of another user's is not believed.
  @Test func thePerfMapOfAnotherUserIsNotRead() throws {
    let program = try LiveProgram("/bin/cat", [], environment: Command.plainEnvironment, ready: nil)
    let path = "/tmp/perf-\(program.number).map"
    defer { Scratch.remove(path) }
    try Scratch.write("1000 10 mine\n", to: path)
    #expect(PerfMap(process: program.number).name(at: 0x1000) == "mine")
    #expect(chown(path, 65534, 65534) == 0, "needs root")
    #expect(PerfMap(process: program.number).name(at: 0x1000) == nil)
  }
}
