// scripts/pictures: the README's pictures, made anew with smaller loads.

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

  @Test(arguments: [("redis", "redis-server"), ("python", "python3"), ("squid", "squid")])
  func aServerIsPicturedBeforeAndAfter(_ name: String, _ program: String) throws {
    let folder = try Scratch.folder()
    let outcome = try pictures(["--into", folder, "--part", "10", name])
    try #require(outcome.ending == .exit(0), "\(outcome)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
        "heap-\(name)-after.svg", "heap-\(name)-before.svg",
      ])
    for moment in ["before", "after"] {
      let path = "\(folder)/heap-\(name)-\(moment).svg"
      #expect(try Command(Tools.find("xmllint", package: "libxml2-utils"), ["--noout", path]).run().ending == .exit(0))
      #expect(try Scratch.read(path).contains("(\(program))"))
    }
    // Four of five keys went: what is resident for each byte in use grew.
    let ratios = outcome.outputLines.compactMap { line in
      line.firstMatch(of: /^[a-z]+-(?:before|after): ratio ([0-9.]+)/).flatMap { Double($0.1) }
    }
    #expect(ratios.count == 2 && ratios[0] >= 1 && ratios[0] < 2 && ratios[1] > ratios[0], "\(outcome)")
  }

  @Test(arguments: [["--into"], ["--into", "/nowhere"], ["--part", "0"], ["--part"], ["nginx"]])
  func wrongUsageIsOneLine(_ arguments: [String]) throws {
    let outcome = try pictures(arguments)
    #expect(outcome.ending == .exit(2) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
  }
}
