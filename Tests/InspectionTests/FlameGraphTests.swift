// Profiles in the viewers of flame graphs that people have: pprof's own page, in a browser, and the program that draws them
// from folded stacks.

import Foundation
import TestSupport
import Testing

@Suite("Flame graphs")
struct FlameGraphTests {
  private func program() throws -> LiveProgram {
    try LiveProgram(LiveProgram.compile("sites.cc"), environment: Library.preloaded(options: "sample=1"))
  }

  @Test func pprofShowsOneInABrowser() throws {
    let program = try program()
    let path = try Scratch.folder() + "/heap.pb.gz"
    let written = try Command(MatrixTests.tool(), ["profile", "-o", path, "\(program.number)"]).run()
    try check(written.ending == .exit(0), "\(written)")
    let pprof = try Command(Tools.find("go", package: "golang-go"), ["tool", "-n", "pprof"]).run()
    // Without a port it takes one that is free, and says which.
    let options = "-http=127.0.0.1: -no_browser -symbolize=none -sample_index=inuse_space"
    let server = try LiveProgram(
      "/bin/sh",
      ["-c", "exec \(pprof.outputLines.first ?? "") \(options) $0 2>&1", path],
      environment: Command.plainEnvironment, ready: "Serving web UI on")
    let address = try #require(server.firstLine.split(separator: " ").last)
    let page = try Browser.open(address: "\(address)/ui/flamegraph")
    #expect(page.errors.isEmpty, "\(page.errors)")
    // What stays live, each under main; and not what was freed.
    for name in ["main", "site::small", "site::large", "site::arrays", "site::mapped"] {
      #expect(page.document.contains(name), "\(name)")
    }
    #expect(!page.document.contains("site::passing"))
  }

  /// The program that named the format draws each call site as wide as its bytes.
  @Test func flamegraphDrawsFoldedStacks() throws {
    let program = try program()
    let folded = try Command(
      MatrixTests.tool(), ["profile", "--folded", "--by", "alloc_space", "\(program.number)"]
    ).run()
    try check(folded.ending == .exit(0), "\(folded)")
    let script = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"
    try check(FileManager.default.fileExists(atPath: script), "install the package libdevel-nytprof-perl")
    var drawing = try Command(Tools.find("perl", package: "perl"), [script, "--countname", "bytes"])
    drawing.input = folded.output
    let picture = try drawing.run()
    #expect(picture.ending == .exit(0) && picture.errors.isEmpty, "\(picture.errors)")
    let titles = picture.output.matches(of: /<title>(.*?) \(([0-9,]+) bytes,/).map { (String($0.1), String($0.2)) }
    for (name, bytes) in [("small", "2,000,000"), ("large", "2,000,000"), ("passing", "1,920,000")] {
      #expect(titles.contains { $0 == ("site::\(name)()", bytes) }, "\(titles)")
    }
  }
}
