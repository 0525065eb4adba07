// The command on real programs: recorded over one allocator, replayed over others, looked at.

import Foundation
import TestSupport
import Testing

@testable import Trace

@Suite("quarry trace")
struct CommandTests {
  private func tool(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    var command = Command(Recording.release + "quarry-tool", ["trace"] + arguments)
    command.environment.merge(environment) { $1 }
    command.deadline = .seconds(600)
    return try command.run()
  }

  private struct Figures: Decodable {
    struct Row: Decodable {
      var allocator: String
      var peak: UInt64
      var fragmentation: Double?
      var withoutMemory: UInt64
    }
    var requests: Int
    var threads: Int
    var skipped: Int
    var livePeak: UInt64
    var allocators: [Row]
  }

  private func replay(_ path: String, _ options: [String]) throws -> Figures {
    let outcome = try tool(["replay", path, "--json", "-n", "1"] + options)
    try #require(outcome.ending == .exit(0), "\(outcome)")
    return try JSONDecoder().decode(Figures.self, from: Data(outcome.output.utf8))
  }

  /// The figures of a trace are the same in all three: the reader, the analysis, and each replay.
  private func checkReplays(of path: String, threads: Int) throws {
    let printed = try tool(["analyse", path, "--json"])
    try #require(printed.ending == .exit(0), "\(printed)")
    let analysis = try JSONDecoder().decode(Analysis.self, from: Data(printed.output.utf8))
    #expect(analysis == (try Analysis(TraceFile(path: path))))
    #expect(analysis.missing == 0 && analysis.unwritten == 0)
    #expect(analysis.bytesPerEvent < 8)
    for options in [["--exact", "--touch", "all"], []] {
      let figures = try replay(path, ["--with", "quarry,glibc"] + options)
      #expect(figures.livePeak == analysis.peak.bytes)
      #expect(figures.threads == threads)
      #expect(figures.skipped == 0)
      #expect(figures.allocators.map(\.allocator) == ["quarry", "glibc"])
      for row in figures.allocators {
        #expect((row.fragmentation != nil) == (threads == 1 || !options.isEmpty))
      }
      for row in figures.allocators where options.contains("all") {
        #expect(row.withoutMemory == 0)
        // All that is live was written to.
        let fragmentation = try #require(row.fragmentation)
        #expect(fragmentation > 0.99 && fragmentation < 3, "\(row)")
        #expect(row.peak >= figures.livePeak, "\(row)")
      }
    }
  }

  @Test(arguments: ["quarry", "glibc"])
  func python(_ allocator: String) throws {
    let path = try Scratch.folder() + "/trace"
    let script = "import json; d = [{'a': i, 'b': str(i)} for i in range(20000)]; print(len(json.dumps(d)))"
    let plain = try Command(Tools.find("python3", package: "python3"), ["-c", script]).run()
    let recorded = try tool(
      ["record", "-o", path, "--with", allocator, "--", "/usr/bin/python3", "-c", script],
      environment: ["PYTHONMALLOC": "malloc"])
    #expect(recorded.ending == .exit(0) && recorded.output == plain.output, "\(recorded)")
    #expect(recorded.errors.hasPrefix("quarry: recorded\n  \(path): /usr/bin/python3"), "\(recorded)")
    #expect(recorded.errors.hasSuffix(" steps of 1 thread\n"), "\(recorded)")
    try checkReplays(of: path, threads: 1)
  }

  @Test(arguments: ["quarry", "glibc"])
  func redis(_ allocator: String) throws {
    let folder = try Scratch.folder()
    let server = try Tools.find("redis-server", package: "redis-server")
    let client = try Tools.find("redis-cli", package: "redis-tools")
    // The client waits for the server, fills it, and has it end.
    let script = """
      "$1" trace record -o trace --with \(allocator) -- \(server) --unixsocket "$2/s" --port 0 --save '' >log 2>&1 &
      until \(client) -s "$2/s" ping >/dev/null 2>&1; do kill -0 $! || exit 5; done
      \(client) -s "$2/s" eval 'for i = 1, 20000 do redis.call("set", "key:" .. i, string.rep("x", i % 500)) end' 0
      \(client) -s "$2/s" eval 'for i = 1, 20000, 3 do redis.call("del", "key:" .. i) end return redis.call("dbsize")' 0
      \(client) -s "$2/s" shutdown nosave
      wait $!
      """
    var command = Command("/bin/sh", ["-c", script, "sh", Recording.release + "quarry-tool", folder])
    command.directory = folder
    command.deadline = .seconds(600)
    let outcome = try command.run()
    let log = try Scratch.read(folder + "/log")
    try #require(outcome.ending == .exit(0), "\(outcome) \(log)")
    #expect(outcome.output.contains("13333"), "\(outcome)")
    let trace = try TraceFile(path: folder + "/trace")
    try checkReplays(of: folder + "/trace", threads: Plan(trace).threadCount)
  }

  /// A replay that is itself recorded makes the requests of the trace, by thread and in one order.
  @Test func replaysMakeTheSameRequests() throws {
    let original = try Recording("sequence.c", ["2", "5", "5000"], over: "quarry")
    let again = original.folder + "/again"
    let outcome = try tool(
      ["replay", original.path, "--exact", "--json", "-n", "1", "--with", Recording.recorder],
      environment: ["QUARRY_TRACE": again])
    try #require(outcome.ending == .exit(0), "\(outcome)")
    let replayer = try #require(realPath(Recording.release + "quarry-replay"))
    let expected = try requests(of: original.path) { _ in true }
    let made = try requests(of: again) { $0.hasPrefix(replayer + "+") }
    #expect(expected.count > 30_000)
    #expect(made == expected)
  }

  /// The plan's file does not take the number of a standard stream that is closed.
  @Test func aClosedOutputIsTold() throws {
    let original = try Recording("sequence.c", ["1", "5", "500"], over: "glibc")
    let words = "trace replay '\(original.path)' -n 1 --with glibc >&-"
    let outcome = try Command("/bin/sh", ["-c", "exec '\(Recording.release)quarry-tool' \(words)"]).run()
    let line = "quarry: cannot write to standard output: Bad file descriptor"
    #expect(outcome.ending == .exit(1) && outcome.errorLines.last == line, "\(outcome)")
  }

  private struct Made: Equatable {
    var kind: Event.Kind
    var size: UInt64
    var order: UInt8
  }

  private func requests(of path: String, where isCounted: (String) -> Bool) throws -> [Made] {
    let trace = try TraceFile(path: path)
    let modules = try Modules(trace)
    var made: [Made] = []
    var steps = try Steps(trace)
    while let step = try steps.next() {
      let event = step.event
      // A free of nothing, and the first half of a realloc, are not replayed.
      if case .beginRealloc = step { continue }
      if event.address == 0 || !isCounted(modules.name(of: event.caller)) { continue }
      made.append(Made(kind: event.kind, size: event.size, order: event.order))
    }
    return made
  }

  private func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  @Test func mistakesGetOneLine() throws {
    let folder = try Scratch.folder()
    try Scratch.write("not a trace\n", to: folder + "/text")
    let mistakes: [([String], Int32, String)] = [
      (
        ["analyse", folder + "/text"], 1,
        "'\(folder)/text' is not a trace: give a file that 'quarry trace record' wrote"
      ),
      (["replay", "/no/such"], 1, "cannot read '/no/such': No such file or directory"),
      (
        ["replay", folder + "/text", "-n", "0"], 2,
        "the value '0' is invalid for '-n <rounds>': give a whole number from 1 to 1000; see 'quarry trace replay --help'"
      ),
      (
        ["replay", folder + "/text", "--with", "none"], 125,
        "no allocator 'none': known are quarry, glibc, jemalloc, tcmalloc, mimalloc2, mimalloc3, snmalloc, rpmalloc, hoard, "
          + "or give the path of a library"
      ),
      (
        ["record", "-o", folder + "/text", "--", "true"], 1,
        "'\(folder)/text' exists and is not a trace: give another name with --output"
      ),
      (["record", "-o", "/no/such/trace", "--", "true"], 1, "cannot write into '/no/such': No such file or directory"),
      (["record", "-o", folder + "/t"], 2, "no command to record: give it after '--'"),
      (
        ["record", "-o", folder + "/t", "--", "no-such-command"], 127,
        "cannot run 'no-such-command': no such command in PATH"
      ),
    ]
    for (arguments, status, line) in mistakes {
      let outcome = try tool(arguments)
      #expect(outcome.ending == .exit(status), "\(arguments) \(outcome)")
      #expect(outcome.errors == "quarry: \(line)\n")
    }
  }

  @Test func aSignalIsHandedOn() throws {
    let path = try Scratch.folder() + "/trace"
    let outcome = try tool(["record", "-o", path, "--", "/usr/bin/python3", "-c", "import os; os.kill(os.getpid(), 9)"])
    #expect(outcome.ending == .signal(9))
    #expect(try Analysis(TraceFile(path: path)).steps > 1000)
  }
}
