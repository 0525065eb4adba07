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
    // The tool waits between two looks.
    let script = """
      import os
      kept = [bytes(2000) for _ in range(20000)]
      def waits():
        lines = open(f"/proc/{os.getppid()}/status").read().splitlines()
        return int([line for line in lines if line.startswith("voluntary")][0].split()[1])
      first = waits()
      while waits() < first + 9: os.sched_yield()
      raise SystemExit(3)
      """
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

  /// What is measured is not traced: it keeps its rights, may be debugged, and is not slowed down.
  @Test func whatIsMeasuredIsNotTraced() throws {
    let folder = try Scratch.folder()
    let script =
      "while read name value; do [ $name = TracerPid: ] && echo $value >> \(folder)/tracer; done < /proc/$$/status"
    #expect(try quarry(["run", "--summary", "--", "sh", "-c", "\(script); :"]).run().ending == .exit(0))
    #expect(
      try quarry(["compare", "-n", "1", "--with", "glibc", "--", "sh", "-c", "\(script); :"]).run().ending == .exit(0))
    #expect(try Scratch.read("\(folder)/tracer") == "0\n0\n")
  }

  /// The ends of many threads take no longer each than those of few.
  @Test func manyThreadsEndAtOnce() throws {
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      #include <unistd.h>
      static void *work(void *unused) { for (;;) pause(); }
      int main(void) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 64 << 10);
        pthread_t thread;
        for (int i = 0; i < 2000; i++) if (pthread_create(&thread, &attributes, work, NULL) != 0) abort();
        exit(0);
      }
      """
    let folder = try Scratch.folder()
    try Scratch.write(source, to: "\(folder)/waiting.c")
    let program = try Tools.compile("\(folder)/waiting.c", flags: ["-pthread", "-w"])
    let outcome = try quarry(["slabinfo", "--", program]).run()
    #expect(outcome.ending == .exit(0) && outcome.output.contains("malloc-"), "\(outcome)")
    #expect(outcome.processorTime < .seconds(8), "\(outcome.processorTime)")
  }

  /// Who stops the command alone, and lets it go on alone, does not stop the tool.
  @Test func aStopOfTheCommandAloneIsNotTheTools() throws {
    let script = """
      import os, signal
      def state(process): return open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[0].upper()
      def waits(process):
        lines = open(f"/proc/{process}/status").read().splitlines()
        return int([line for line in lines if line.startswith("voluntary")][0].split()[1])
      tool, command = os.getppid(), os.getpid()
      child = os.fork()
      if child == 0:
        while state(command) != "T": os.sched_yield()
        # It may be held for its fork alone; the tool has seen to that when it has looked for long, or is stopped itself.
        first = waits(tool)
        while waits(tool) < first + 20 and state(tool) != "T": os.sched_yield()
        while True: os.kill(command, signal.SIGCONT)
      os.kill(command, signal.SIGTSTP)
      os.kill(child, signal.SIGKILL)
      os.waitpid(child, 0)
      os._exit(5)
      """
    let file = try Scratch.folder() + "/run.json"
    var command = try quarry(["run", "--report", file, "--", "/usr/bin/python3", "-c", script])
    command.deadline = .seconds(120)
    #expect(try command.run().ending == .exit(5))
  }

  @Test func figuresOfRunsNeedNoTracing() throws {
    let outcome = try whereTracingIsForbidden(["run", "--summary", "--", "true"])
    #expect(outcome.ending == .exit(0) && outcome.errors.contains(" peak resident\n"), "\(outcome)")
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

  /// Whoever has the tool's number means the command: an alarm, a server's own signals, those without a name.
  @Test(arguments: [["run", "--summary"], ["trace", "record"]], [SIGUSR1, SIGALRM, SIGWINCH, SIGPWR, 37])
  func aSignalToTheToolIsTheCommands(_ words: [String], _ signal: Int32) throws {
    let script = """
      import os, signal
      caught = []
      signal.signal(\(signal), lambda *_: caught.append(1))
      os.kill(os.getppid(), \(signal))
      while not caught: os.sched_yield()
      os._exit(7)
      """
    var command = try quarry(words + ["--", "/usr/bin/python3", "-c", script])
    command.directory = try Scratch.folder()
    command.deadline = .seconds(60)
    let outcome = try command.run()
    #expect(outcome.ending == .exit(7), "\(outcome)")
  }

  /// The terminal's key stops both, and both go on; the command ends as it should, and the tool with it.
  @Test(arguments: [["profile", "-o", "FOLDER/heap.pb.gz"], ["slabinfo"], ["run", "--summary"], ["trace", "record"]])
  func theTerminalStopsTheCommand(_ words: [String]) throws {
    let folder = try Scratch.folder()
    var arguments = [try quarry([]).executable] + words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) }
    arguments += ["--", "/bin/sh", "-c", "echo $$ > \(folder)/number; read line; exit 0"]
    var command = Command(
      "/usr/bin/python3", ["-B", "\(Library.packageRoot)/Tests/InspectionTests/Programs/job.py"] + arguments)
    command.directory = folder
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines.last == "stopped, continued, ended 0", "\(outcome)")
  }
}
