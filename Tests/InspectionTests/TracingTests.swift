// Commands that are held at their ends, and what becomes of that where the system or the terminal has other ideas.

import Foundation
import TestSupport
import Testing

@Suite("Commands held at their ends")
struct TracingTests {
  private func quarry(_ arguments: [String]) throws -> Command {
    let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return Command(folder + "/quarry-tool", arguments)
  }

  private func program(_ name: String, _ flags: [String] = []) throws -> String {
    try Tools.compile("\(Library.packageRoot)/Tests/InspectionTests/Programs/\(name)", flags: flags)
  }

  private func whereTracingIsForbidden(_ arguments: [String]) throws -> Outcome {
    var command = try quarry(arguments)
    command.arguments = [command.executable] + command.arguments
    command.executable = try program("forbid.c")
    return try command.run()
  }

  @Test(arguments: [["slabinfo"], ["profile", "--top", "5"], ["leaks"]])
  func aCommandThatCannotBeHeldIsNotRun(_ words: [String]) throws {
    let ran = try Scratch.folder() + "/ran"
    let outcome = try whereTracingIsForbidden(words + ["--", "/bin/sh", "-c", "echo > \(ran)"])
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.contains("cannot be held at its end") && outcome.errors.contains("ptrace"), "\(outcome)")
    #expect(!FileManager.default.fileExists(atPath: ran))
  }

  /// What can be seen without that, is.
  @Test func aReportSaysWhatItDoesNotSee() throws {
    let file = try Scratch.folder() + "/run.json"
    let script = "kept = [bytes(2000) for _ in range(20000)]\nimport time\ntime.sleep(0.3)\nraise SystemExit(3)"
    let outcome = try whereTracingIsForbidden(
      ["run", "--report", file, "--", "/usr/bin/python3", "-c", script])
    #expect(outcome.ending == .exit(3) && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("nothing is looked at when it ends"), "\(outcome)")
    let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
    let process = try #require(((report as? [String: Any])?["processes"] as? [[String: Any]])?.first)
    #expect((process["last"] as? [String: Any])?["isAtEnd"] as? Bool == false)
    #expect(process["peakResident"] as? Int ?? 0 > 40_000_000)
  }

  @Test func profilesAreWrittenMeanwhile() throws {
    let folder = try Scratch.folder()
    // It goes on until there is one.
    let script = """
      import os, time
      kept = [bytes(2000) for _ in range(20000)]
      while not os.path.exists("\(folder)/heap.0002.pb.gz"): time.sleep(0.01)
      """
    let outcome = try whereTracingIsForbidden(
      ["profile", "--interval", "50ms", "-o", "\(folder)/heap.pb.gz", "--", "/usr/bin/python3", "-c", script])
    #expect(outcome.ending == .exit(0), "\(outcome)")
    #expect(outcome.errorLines.filter { $0.contains("nothing is looked at when it ends") }.count == 1, "\(outcome)")
    #expect(!outcome.errors.contains("killed"), "\(outcome)")
  }

  @Test func whatRunsWithoutTracingSaysTheLeastItKnows() throws {
    let outcome = try whereTracingIsForbidden(["run", "--summary", "--", "true"])
    #expect(outcome.ending == .exit(0) && outcome.errors.contains(" peak resident at most\n"), "\(outcome)")
    let compare = try whereTracingIsForbidden(["compare", "-n", "1", "--with", "glibc", "--", "true"])
    #expect(compare.ending == .exit(0) && compare.errors.isEmpty, "\(compare)")
  }

  /// A signal that comes before the child has become the command reaches it, or ends it, as it would without this tool.
  @Test(arguments: [["slabinfo"], ["run", "--report", "REPORT"], ["run", "--summary"], ["run"]], [SIGINT, SIGWINCH])
  func aSignalBeforeTheBeginningIsHandedOn(_ words: [String], _ signal: Int32) throws {
    let folder = try Scratch.folder()
    var command = try quarry(
      words.map { $0 == "REPORT" ? "\(folder)/run.json" : $0 } + ["--", "/bin/sh", "-c", "echo > \(folder)/ran"])
    command.environment["LD_PRELOAD"] = try program("interrupted.c", ["-shared", "-fPIC"])
    command.environment["SIGNAL_BEFORE_EXEC"] = "\(signal)"
    let outcome = try command.run()
    switch (signal, words[0]) {
    case (SIGINT, "run"): #expect(outcome.ending == .signal(SIGINT), "\(outcome)")
    case (SIGINT, _): #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "\(outcome)")
    default: #expect(outcome.ending == .exit(0), "\(outcome)")
    }
    #expect(FileManager.default.fileExists(atPath: "\(folder)/ran") == (signal != SIGINT))
  }

  /// The terminal's key stops both, and both go on; the command ends as it should, and the tool with it.
  @Test(arguments: [["profile", "-o", "FOLDER/heap.pb.gz"], ["slabinfo"], ["run", "--summary"], ["trace", "record"]])
  func theTerminalStopsTheCommand(_ words: [String]) throws {
    let folder = try Scratch.folder()
    var arguments = [try quarry([]).executable] + words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) }
    arguments += ["--", "/bin/sh", "-c", "echo $$ > \(folder)/number; read line; exit 0"]
    var command = Command(
      "/usr/bin/python3", ["\(Library.packageRoot)/Tests/InspectionTests/Programs/job.py"] + arguments)
    command.directory = folder
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines.last == "stopped, continued, ended 0", "\(outcome)")
  }
}
