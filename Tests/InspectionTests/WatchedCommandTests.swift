// `run --report`, `compare` and `trace`, which start the program themselves: on the programs that all commands are tried on,
// on one at full speed, on one that is killed meanwhile, and on damaged records.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Commands that start a program")
struct WatchedCommandTests {
  private typealias Object = [String: Any]

  private func quarry(_ arguments: [String]) throws -> Outcome {
    try Command(MatrixTests.tool(), arguments).run()
  }

  /// Each of the programs, as a command that ends by itself.
  private func command(_ name: String) throws -> [String] {
    switch name {
    case "known": return [try LiveProgram.compile("known.cc")]
    case "python3":
      return ["/usr/bin/python3", "-c", "x=[str(i)*50 for i in range(50000)]; del x[::3]"]
    default:
      let server = try Tools.find("redis-server", package: "redis-server")
      let client = try Tools.find("redis-cli", package: "redis-tools")
      let script = """
        "$0" --port 0 --unixsocket "$2/s" --save '' --dir "$2" >&2 &
        until "$1" -s "$2/s" ping >&2 2>&1; do :; done
        "$1" -s "$2/s" eval 'for i = 1, 20000 do redis.call("set", i, string.rep("x", i % 500)) end' 0 >&2
        "$1" -s "$2/s" shutdown nosave >&2
        wait
        """
      return ["sh", "-c", script, server, client, try Scratch.folder()]
    }
  }

  private func object(_ path: String) throws -> Object {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? Object)
  }

  /// Every moment's parts add up.
  private func checkMoments(_ process: Object) throws {
    for moment in try #require(process["heap"] as? [Object]) {
      let parts = moment.filter { !["seconds", "bytes", "bound"].contains($0.key) }.values.map { $0 as? Int ?? -1 }
      try check(parts.allSatisfy { $0 >= 0 } && parts.reduce(0, +) == moment["bytes"] as? Int, "\(moment)")
    }
  }

  private func caches(_ process: Object) throws -> [Object] {
    let last = try #require(process["last"] as? Object, "\(process)")
    #expect(last["isAtEnd"] as? Bool == true)
    return try #require((last["fragmentation"] as? Object)?["caches"] as? [Object])
  }

  @Test(arguments: MatrixTests.targets)
  func aReportHasTheHeapOfTheProgram(_ name: String) throws {
    let path = try Scratch.folder() + "/run.json"
    let outcome = try quarry(["run", "--report", path, "--"] + command(name))
    try #require(outcome.ending == .exit(0), "\(outcome)")
    let processes = try #require(object(path)["processes"] as? [Object])
    let process = try #require(processes.first { ($0["command"] as? String)?.contains(name) == true }, "\(processes)")
    #expect(process["trouble"] == nil)
    try checkMoments(process)
    let caches = try caches(process)
    if name == "known" {
      func live(_ cache: String) -> Int? { caches.first { $0["name"] as? String == cache }?["live"] as? Int }
      #expect(live("malloc-112") == 500 * 112 && live("malloc-1024") == 300 * 1024, "\(caches)")
    }
    #expect(!caches.isEmpty)
  }

  /// It ends by itself, or is killed while it is looked at.
  @Test(arguments: [[], ["killed"]])
  func aReportOfAProgramAtFullSpeedAddsUp(_ ending: [String]) throws {
    let path = try Scratch.folder() + "/run.json"
    let outcome = try quarry(["run", "--report", path, "--", LiveProgram.compile("churn.cc"), "3000000"] + ending)
    #expect(outcome.ending == (ending.isEmpty ? .exit(0) : .signal(SIGKILL)), "\(outcome)")
    let report = try object(path)
    let process = try #require((report["processes"] as? [Object])?.first)
    #expect((process["heap"] as? [Object])?.isEmpty == false && process["trouble"] == nil, "\(process)")
    try checkMoments(process)
    #expect((report["totals"] as? Object)?["signal"] as? Int32 == (ending.isEmpty ? nil : SIGKILL))
  }

  /// Its records are written over while it is looked at; then it is killed.
  @Test func aReportOfADamagedProgramIsWritten() throws {
    let path = try Scratch.folder() + "/run.json"
    let script = "echo ready $$; exec \"$0\""
    let tool = try LiveProgram(
      MatrixTests.tool(), ["run", "--report", path, "--", "sh", "-c", script, LiveProgram.compile("known.cc")],
      environment: Command.plainEnvironment)
    let number = try #require(tool.firstLine.split(separator: " ").last.flatMap { pid_t($0) })
    #expect(try tool.readLine().contains("live="))
    let damage = try Damage(number)
    try takeSteps(1, seed: 5) { try damage.write(&$0) }
    kill(number, SIGKILL)
    #expect(try tool.waitForEnd() & 0x7f == SIGKILL)
    let process = try #require((object(path)["processes"] as? [Object])?.first)
    try checkMoments(process)
  }

  @Test func aComparisonHasTheKnownProgram() throws {
    let outcome = try quarry(["compare", "-n", "1", "--with", "quarry,glibc", "--json", "--"] + command("known"))
    try #require(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    let comparison = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? Object
    let allocators = try #require(comparison?["allocators"] as? [Object])
    #expect(allocators.count == 2)
    for allocator in allocators {
      let run = try #require((allocator["runs"] as? [Object])?.first)
      // It wrote to half of 64 MiB.
      let peak = try #require(run["peak"] as? Int)
      #expect(peak > 32 << 20 && peak < 48 << 20, "\(run)")
    }
  }

  /// Killed in the middle of each run, it is told as that, and the others are run all the same.
  @Test func aComparisonOfAProgramThatIsKilledSaysSo() throws {
    let churn = [try LiveProgram.compile("churn.cc"), "100000", "killed"]
    let outcome = try quarry(["compare", "-n", "1", "--with", "quarry,glibc", "--"] + churn)
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "\(outcome)")
    for name in ["quarry", "glibc"] {
      #expect(outcome.output.contains("failed: round 1 under \(name): ended by signal 9"), "\(outcome)")
    }
  }

  /// What the known program asks for, exactly; and what one at full speed did before it was killed.
  @Test func tracesHaveEveryRequest() throws {
    let path = try Scratch.folder() + "/trace"
    #expect(try quarry(["trace", "record", "-o", path, "--"] + command("known")).ending == .exit(0))
    let sizes = try #require(analysis(path)["sizes"] as? [Object])
    func count(_ upTo: Int) -> Int { sizes.first { $0["upTo"] as? Int == upTo }?["count"] as? Int ?? 0 }
    #expect(count(128) >= 1000 && count(128) < 1010 && count(1024) >= 300 && count(1024) < 310, "\(sizes)")
    #expect(count(64 << 20) == 1)

    let other = try Scratch.folder() + "/trace"
    let churn = [try LiveProgram.compile("churn.cc"), "200000", "killed"]
    let killed = try quarry(["trace", "record", "-o", other, "--"] + churn)
    #expect(killed.ending == .signal(SIGKILL), "\(killed)")
    let requests = try #require(analysis(other)["requests"] as? [String: Int])
    // Of the exchanges, each is a malloc and a free.
    #expect(requests["malloc"]! > 200_000 && requests["free"]! > 200_000, "\(requests)")
    #expect(requests["ofUnknownBlocks"] == 0)
  }

  private func analysis(_ path: String) throws -> Object {
    let outcome = try quarry(["trace", "analyse", "--json", path])
    try #require(outcome.ending == .exit(0), "\(outcome)")
    return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? Object)
  }
}
