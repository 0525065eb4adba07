// `quarry run --report` and `quarry compare` on real programs, and their pages in a real browser.

import Foundation
import TestSupport
import Testing

@Suite("Reports of real programs")
struct RunReportTests {
  private func quarry(_ arguments: [String]) throws -> Command {
    let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    var command = Command(folder + "/quarry-tool", arguments)
    command.deadline = .seconds(300)
    return command
  }

  private func object(_ path: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
  }

  /// A program that allocates until the reader had time to look, and frees every other block.
  private static let program = """
    import time
    kept = [bytes(2000) for _ in range(20000)]
    del kept[::2]
    end = time.monotonic() + 0.7
    while time.monotonic() < end: time.sleep(0.05)
    """

  @Test func aReportHasEveryFormAndItsNumbersAddUp() throws {
    let folder = try Scratch.folder()
    let files = ["html", "json", "svg"].flatMap { ["--report", "\(folder)/run.\($0)"] }
    let outcome = try quarry(["run"] + files + ["--", "python3", "-c", Self.program]).run()
    #expect(outcome.ending == .exit(0) && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
    // Nothing else was left there.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["run.html", "run.json", "run.svg"])

    let report = try object("\(folder)/run.json")
    #expect((report["resident"] as? [Any])?.isEmpty == false && report["trouble"] == nil)
    for moment in try #require(report["heap"] as? [[String: Any]]) {
      let parts = moment.filter { !["seconds", "bytes", "bound"].contains($0.key) }.values.map { $0 as? Int ?? 0 }
      #expect(parts.reduce(0, +) == moment["bytes"] as? Int, "\(moment)")
    }
    let worst = try #require((report["worst"] as? [String: Any])?["fragmentation"] as? [String: Any])
    let caches = try #require(worst["caches"] as? [[String: Any]])
    // Half of 20 000 blocks of 2000 bytes and Python's heads are free, next to the other half.
    #expect(caches.contains { ($0["freeInSlabs"] as? Int ?? 0) > 15_000_000 }, "\(caches)")

    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "\(folder)/run.svg"])
    #expect(try reader.run().ending == .exit(0))
    reader.arguments = ["--html", "--noout", "\(folder)/run.html"]
    _ = try reader.run()

    let page = try Browser.open("\(folder)/run.html")
    #expect(page.errors.isEmpty, "\(page.errors)")
    let data = try #require(page.data as? [String: Any])
    #expect(NSDictionary(dictionary: data).isEqual(to: report))
    let totals = try #require(report["totals"] as? [String: Any])
    let shown = page.values
    #expect(Set(shown.keys) == Set(totals.keys))
    #expect(page.rows.count == min(20, caches.count))
    for (name, values) in page.rows {
      let row = try #require(caches.first { $0["name"] as? String == name })
      let keys = ["resident", "live", "freeInSlabs", "waiting", "holes", "neverUsed"]
      #expect(values.dropFirst() == keys.map { row[$0] as? Int ?? -1 }[...], "\(name)")
    }
    for (key, value) in shown { #expect(Double(value) == (totals[key] as? NSNumber)?.doubleValue, "\(key)") }
  }

  @Test(arguments: [("exit 7", Outcome.Ending.exit(7)), ("kill -TERM $$", .signal(15)), ("exit 0", .exit(0))])
  func theEndingIsTheCommands(_ script: String, _ ending: Outcome.Ending) throws {
    let file = try Scratch.folder() + "/run.json"
    #expect(try quarry(["run", "--report", file, "--", "sh", "-c", script]).run().ending == ending)
    let totals = try #require(try object(file)["totals"] as? [String: Any])
    switch ending {
    case .exit(let status): #expect(totals["status"] as? Int32 == status && totals["signal"] == nil)
    case .signal(let signal): #expect(totals["signal"] as? Int32 == signal && totals["status"] == nil)
    case .timedOut: Issue.record("did not end")
    }
  }

  @Test(arguments: ["/nowhere/run.html", "FOLDER", "FOLDER/run.txt", "FOLDER/run", "FOLDER/folder.html"])
  func whatCannotBeWrittenIsRefusedBeforeTheCommandRuns(_ place: String) throws {
    let folder = try Scratch.folder()
    try FileManager.default.createDirectory(atPath: "\(folder)/folder.html", withIntermediateDirectories: false)
    let path = place.replacingOccurrences(of: "FOLDER", with: folder)
    for command in [["run", "--report", "\(folder)/good.json", "--report", path], ["compare", "--html", path]] {
      let outcome = try quarry(command + ["--", "touch", "\(folder)/ran"]).run()
      #expect(outcome.ending == .exit(125) && outcome.errorLines.count == 1, "\(outcome)")
      #expect(outcome.errors.contains(path))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["folder.html"])
    }
  }

  /// What ends the tool ends the command, and the report is written all the same.
  @Test func signalsReachTheCommandAndTheReportIsWritten() throws {
    let file = try Scratch.folder() + "/run.json"
    let outcome = try quarry(["run", "--report", file, "--", "sh", "-c", "kill -TERM $PPID; sleep 1000"]).run()
    #expect(outcome.ending == .signal(15), "\(outcome)")
    #expect((try object(file)["totals"] as? [String: Any])?["signal"] as? Int == 15)
  }

  /// The process in between leaves no file of its own open in the command, in the first run and in later ones.
  @Test func theCommandGetsNothingOfTheTools() throws {
    let folder = try Scratch.folder()
    let script = "cd /proc/$$/fd && echo *; grep SigBlk /proc/self/status"
    let direct = try Command("/bin/sh", ["-c", script]).run()
    let reported = try quarry(["run", "--report", "\(folder)/run.json", "--", "sh", "-c", script]).run()
    #expect(direct.output == reported.output)
    let again = [
      "compare", "-n", "2", "--with", "glibc", "--", "sh", "-c", "grep SigBlk /proc/self/status >> \(folder)/all",
    ]
    #expect(try quarry(again).run().ending == .exit(0))
    let masks = Set(try Scratch.read("\(folder)/all").split(separator: "\n").map(String.init))
    #expect(masks.count == 1 && masks.isSubset(of: direct.outputLines))
  }

  @Test func aSignalEndsTheWholeComparison() throws {
    let folder = try Scratch.folder()
    let script = "echo >> \(folder)/runs; kill -TERM $PPID; sleep 1000"
    let outcome = try quarry(
      ["compare", "--html", "\(folder)/all.html", "--with", "quarry,glibc", "--", "sh", "-c", script]
    ).run()
    #expect(outcome.ending == .exit(128 + 15) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["runs"])
    #expect(try Scratch.read("\(folder)/runs") == "\n")
  }

  /// On a terminal there is a line of progress, unless nobody wants it; it is gone in the end.
  @Test(arguments: [false, true])
  func progressIsShownOnATerminal(_ isQuiet: Bool) throws {
    let folder = try Scratch.folder()
    let tool = try quarry([]).executable
    let options = isQuiet ? "--quiet " : ""
    try Scratch.write(Self.program, to: "\(folder)/program.py")
    let line = "\(tool) run \(options)--report \(folder)/run.json -- python3 \(folder)/program.py"
    let outcome = try Command(Tools.find("script", package: "bsdutils"), ["-qec", line, "/dev/null"]).run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
    #expect(outcome.output.contains(" resident, heap ") != isQuiet, "\(outcome)")
    #expect(outcome.output.hasSuffix(isQuiet ? "" : "\r\u{1b}[K"), "\(outcome)")
  }

  /// That a page has no errors means something.
  @Test func theBrowserTellsErrors() throws {
    let path = try Scratch.folder() + "/broken.html"
    try Scratch.write("<!DOCTYPE html><html><script>nothing.at.all()</script></html>", to: path)
    #expect(try Browser.open(path).errors.contains { $0.contains("nothing is not defined") })
  }

  @Test func aCommandThatCannotRunLeavesNoReport() throws {
    let folder = try Scratch.folder()
    let outcome = try quarry(["run", "--report", "\(folder)/run.html", "--", "/nowhere/at-all"]).run()
    #expect(outcome.ending == .exit(127) && outcome.errorLines.count == 1, "\(outcome)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test func comparesAProgramUnderAllThatIsThere() throws {
    let folder = try Scratch.folder()
    let outcome = try quarry(
      ["compare", "-n", "2", "--json", "--html", "\(folder)/all.html", "--", "python3", "-c", Self.program]
    ).run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    let comparison = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let allocators = try #require(comparison["allocators"] as? [[String: Any]])
    #expect(allocators.prefix(2).map { $0["name"] as? String } == ["quarry", "glibc"])
    for allocator in allocators {
      let runs = try #require(allocator["runs"] as? [[String: Any]])
      #expect(runs.count == 2)
      // 40 MB were asked for and written to.
      #expect(
        runs.allSatisfy { $0["peak"] as? Int ?? 0 > 40_000_000 && $0["seconds"] as? Double ?? 0 >= 0.7 }, "\(runs)")
      #expect((allocator["curve"] as? [Any] ?? []).count > 8)
    }
    let page = try Browser.open("\(folder)/all.html")
    #expect(page.errors.isEmpty, "\(page.errors)")
    #expect(NSDictionary(dictionary: page.data as? [String: Any] ?? [:]).isEqual(to: comparison))
  }

  @Test func comparesAServerUnderLoad() throws {
    let redis = try Tools.find("redis-server", package: "redis-server")
    let folder = try Scratch.folder()
    let socket = "\(folder)/redis"
    let load = "redis-benchmark -s \(socket) -q -n 20000 -d 500 -r 20000 -t set"
    let outcome = try quarry(
      [
        "compare", "-n", "1", "--with", "quarry,glibc", "--json", "--load", load, "--", redis, "--port", "0",
        "--unixsocket", socket, "--save", "", "--dir", folder,
      ]
    ).run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    let comparison = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    for allocator in try #require(comparison["allocators"] as? [[String: Any]]) {
      let run = try #require((allocator["runs"] as? [[String: Any]])?.first)
      // Some 12 000 different keys with 500 bytes each are there in the end.
      #expect(run["last"] as? Int ?? 0 > 8_000_000 && run["failure"] == nil, "\(run)")
    }
  }

  @Test func failuresAreNamedAndDoNotStopTheOthers() throws {
    let failing = try quarry(["compare", "-n", "1", "--with", "quarry,glibc", "--", "sh", "-c", "exit 3"]).run()
    #expect(failing.ending == .exit(1) && failing.errorLines.count == 1, "\(failing)")
    #expect(failing.output.contains("failed: round 1 under glibc: ended with status 3"))
    let silent = try quarry(["compare", "-n", "1", "--with", "glibc", "--load", "true", "--", "true"]).run()
    #expect(silent.ending == .exit(1) && silent.errors.contains("ended before it listened"), "\(silent)")
  }

  @Test(arguments: [["--with", "best"], ["--with", "glibc,glibc"], ["--with", ""], ["--with", "x=/nowhere/x.so"]])
  func wrongAllocatorsAreRefused(_ options: [String]) throws {
    let outcome = try quarry(["compare"] + options + ["--", "true"]).run()
    #expect(outcome.ending == .exit(125) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
  }

  @Test(arguments: [["-n", "0"], ["-n", "many"], []])
  func wrongUsageIsRefused(_ options: [String]) throws {
    let outcome = try quarry(["compare"] + options + (options.isEmpty ? [] : ["--", "true"])).run()
    #expect(outcome.ending == .exit(2) && outcome.errorLines.count == 1, "\(outcome)")
  }
}
