// `quarry compare` on real programs.

import Foundation
import TestSupport
import Testing

@Suite("Comparisons of real programs")
struct CompareTests {
  @Test func comparesAProgramUnderAllThatIsThere() throws {
    let folder = try Scratch.folder()
    let outcome = try quarry(
      ["compare", "-n", "2", "--json", "--html", "\(folder)/all.html", "--", "/usr/bin/python3", "-c", Watched.program]
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
      #expect(runs.allSatisfy { $0["peak"] as? Int ?? 0 > 40_000_000 }, "\(runs)")
      // However busy the machine was, what the curve does not show is said to be a gap.
      let curve = try #require(allocator["curve"] as? [[String: Any]])
      let seconds = try #require(runs[0]["seconds"] as? Double)
      let times = [0] + curve.compactMap { $0["seconds"] as? Double } + [seconds]
      let stretches = zip(times, times.dropFirst()).filter { $1 - $0 > max(0.03, seconds / 10) }
      let known = gaps(allocator["gaps"])
      #expect(stretches.allSatisfy { from, to in known.contains { $0 == from && $1 == to } }, "\(times) \(known)")
    }
    for isDark in [false, true] {
      let page = try Browser.open("\(folder)/all.html", isDark: isDark)
      #expect(page.errors.isEmpty, "\(page.errors)")
      #expect(NSDictionary(dictionary: page.data() as? [String: Any] ?? [:]).isEqual(to: comparison))
      checkCells(page.document, allocators)
    }
  }

  /// The table has the medians of the runs, of which there are two.
  private func checkCells(_ document: String, _ allocators: [[String: Any]]) {
    let keys = [
      "time": "seconds", "processor": "processorSeconds", "peak": "peak", "mean": "mean", "last": "last",
      "faults": "faults",
    ]
    let rows = document.matches(of: /<tr data-allocator="([^"]*)">(.*?)<\/tr>/)
    #expect(rows.map { String($0.1) } == allocators.map { $0["name"] as? String ?? "" })
    for (row, allocator) in zip(rows, allocators) {
      let cells = row.2.matches(of: /data-key="([a-z]+)" data-value="([^"]*)"/)
      #expect(Set(cells.map { String($0.1) }) == Set(keys.keys))
      for cell in cells {
        let runs = allocator["runs"] as? [[String: Any]] ?? []
        let values = runs.compactMap { ($0[keys[String(cell.1)] ?? ""] as? NSNumber)?.doubleValue }
        let median = values.reduce(0, +) / 2
        #expect(abs((Double(cell.2) ?? -1) - median) <= median * 1e-9, "\(cell.1) of \(allocator["name"] ?? "")")
      }
    }
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

  /// Under `glibc` the C library serves a program, also one that brings an allocator along, as redis does.
  @Test func theCLibraryGoesBeforeAProgramsOwnAllocator() throws {
    let folder = try Scratch.folder()
    // Its malloc is found behind a preloaded one, and gives what nobody can use.
    try Scratch.write("void *malloc(unsigned long size) { return (void *)(size + 1); }", to: "\(folder)/own.c")
    try Scratch.write(
      "#include <stdlib.h>\nint main(void) { return malloc(4096) == (void *)4097; }", to: "\(folder)/program.c")
    let own = try Tools.compile("\(folder)/own.c", flags: ["-shared", "-fPIC", "-fno-builtin"])
    let program = try Tools.compile("\(folder)/program.c", flags: ["-fno-builtin", "-Wl,--no-as-needed", own])
    let outcome = try quarry(["compare", "-n", "1", "--with", "glibc", "--json", "--", program]).run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    #expect(try Command(program).run().ending == .exit(1), "the program does not bring its own")
  }

  /// Also of a program that is smaller than the tool.
  @Test func peaksAreTheProgramsOwn() throws {
    let summary = try quarry(["run", "--summary", "--", "/bin/grep", "VmHWM", "/proc/self/status"]).run()
    let told = try #require(summary.errors.firstMatch(of: /memory +([0-9.]+) MiB peak resident\n/), "\(summary)")
    let seen = try #require(summary.output.firstMatch(of: /VmHWM:\s+([0-9]+) kB/), "\(summary)")
    let (peak, own) = (try #require(Double(told.1)), try #require(Double(seen.1)) / 1024)
    // It told of its own before its end, and the system counts up to 64 pages of each processor later.
    #expect(own - 0.5...own + 1 ~= peak && peak < 3, "\(own) \(summary)")

    let outcome = try quarry(["compare", "-n", "1", "--with", "quarry,glibc", "--json", "--", "true"]).run()
    let comparison = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    for allocator in try #require(comparison["allocators"] as? [[String: Any]]) {
      let peak = (allocator["runs"] as? [[String: Any]])?.first?["peak"] as? Int ?? 0
      // Of what is mapped from files, as much is resident as the system has at hand.
      #expect((1 << 19..<3 << 20).contains(peak), "\(peak)")
    }
    // A child that is larger counts, however short it lives.
    let child = try quarry(["run", "--summary", "--", "sh", "-c", "/usr/bin/python3 -c 'b = b\"x\" * 30000000'; true"])
      .run()
    let whole = try #require(child.errors.firstMatch(of: /([0-9.]+) MiB (peak resident\n|in the largest)/), "\(child)")
    #expect(Double(whole.1) ?? 0 > 28, "\(child)")
  }

  @Test func failuresAreNamedAndDoNotStopTheOthers() throws {
    let failing = try quarry(["compare", "-n", "1", "--with", "quarry,glibc", "--", "sh", "-c", "exit 3"]).run()
    #expect(failing.ending == .exit(1) && failing.errorLines.count == 1, "\(failing)")
    #expect(failing.output.contains("failed: round 1 under glibc: ended with status 3"))
    let silent = try quarry(["compare", "-n", "1", "--with", "glibc", "--load", "true", "--", "true"]).run()
    #expect(silent.ending == .exit(1) && silent.errors.contains("ended before it listened"), "\(silent)")
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
