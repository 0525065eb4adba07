// scripts/pictures: the README's pictures, made anew of the smallest of its servers.

import Foundation
import TestSupport
import Testing

@Suite("Pictures for the README")
struct PictureScriptTests {
  private func pictures(_ arguments: [String]) throws -> Outcome {
    var command = Command(Library.packageRoot + "/scripts/pictures", arguments)
    // Nothing can be built while tests run.
    command.environment["QUARRY"] = try MatrixTests.tool()
    return try command.run()
  }

  @Test func aServerIsPicturedBeforeAndAfter() throws {
    let folder = try Scratch.folder()
    let outcome = try pictures(["--into", folder, "redis"])
    try #require(outcome.ending == .exit(0), "\(outcome)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
        "heap-redis-after.svg", "heap-redis-before.svg",
      ])
    for name in ["before", "after"] {
      let path = "\(folder)/heap-redis-\(name).svg"
      #expect(try Command(Tools.find("xmllint", package: "libxml2-utils"), ["--noout", path]).run().ending == .exit(0))
      #expect(try Scratch.read(path).contains("(redis-server)"))
    }
    // Four of five keys went: what is resident for each byte in use grew.
    let ratios = outcome.outputLines.compactMap { line in
      line.firstMatch(of: /^redis-(?:before|after): ratio ([0-9.]+)/).flatMap { Double($0.1) }
    }
    #expect(ratios.count == 2 && ratios[0] >= 1 && ratios[0] < 1.5 && ratios[1] > ratios[0], "\(outcome)")
  }

  @Test(arguments: [["--into"], ["--into", "/nowhere"], ["nginx"]])
  func wrongUsageIsOneLine(_ arguments: [String]) throws {
    let outcome = try pictures(arguments)
    #expect(outcome.ending == .exit(2) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
  }
}
