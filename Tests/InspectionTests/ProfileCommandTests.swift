// `quarry profile` as people call it, and its files as `go tool pprof` and protobuf's own decoder read them.

import Foundation
import TestSupport
import Testing

@Suite("The profile command")
struct ProfileCommandTests {
  private func quarry(_ arguments: String...) throws -> Command {
    let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    var command = Command(folder + "/quarry-tool", ["profile"] + arguments)
    command.directory = try Scratch.folder()
    return command
  }

  private func program(sample: String = "1") throws -> LiveProgram {
    try LiveProgram(
      LiveProgram.compile("sites.cc"), environment: Library.preloaded(options: "sample=\(sample)"))
  }

  /// The row of a function in what `go tool pprof -top` prints: flat and cum.
  private func pprof(
    _ path: String, _ index: String, _ options: [String] = ["-symbolize=none"]
  ) throws -> [String: [String]] {
    var environment = Command.plainEnvironment
    environment["PPROF_TMPDIR"] = try Scratch.folder()
    let outcome = try Command(
      Tools.find("go", package: "golang-go"),
      [
        "tool", "pprof", "-top", "-unit=\(index.hasSuffix("space") ? "B" : "minimum")",
        "-nodecount=1000", "-nodefraction=0", "-sample_index=\(index)",
      ] + options + [path],
      environment: environment
    ).run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
    var rows: [String: [String]] = [:]
    for line in outcome.outputLines {
      let words = line.split(separator: " ").map(String.init)
      if words.count > 5 { rows[words[5...].joined(separator: " ")] = [words[0], words[3]] }
    }
    return rows
  }

  @Test func pprofReadsTheFile() throws {
    let program = try program()
    let command = try quarry("\(program.number)")
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome)")
    let path = command.directory! + "/heap.pb.gz"
    #expect(try pprof(path, "inuse_space")["site::small()"]?[0] == "2000000B")
    #expect(try pprof(path, "inuse_objects")["site::large()"]?[0] == "200")
    #expect(try pprof(path, "alloc_space")["site::passing()"]?[0] == "1920000B")
    #expect(try pprof(path, "alloc_objects")["site::arrays()"]?[0] == "1000")

    // Source lines, of which the file says nothing, pprof finds in the program's debug information.
    let lines = try pprof(path, "inuse_space", ["-symbolize=force", "-lines"])
    #expect(lines.contains { $0.key.hasSuffix("/sites.cc:13") && $0.value[0] == "2000000B" }, "\(lines)")

    let decoded = try ProfileFormatTests.decode(path).outputLines
    #expect(decoded[0] == "types alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes")
    #expect(decoded[1] == "period space bytes 1" && decoded[2].hasSuffix("default inuse_space"))
    #expect(decoded.contains { $0.hasPrefix("mapping 0x") && $0.contains("/sites ") })
    #expect(decoded.contains { $0.hasPrefix("sample 20000 2000000 20000 2000000 | site::small():") }, "\(decoded)")
  }

  @Test func tablesFoldedStacksAndJSONArePrinted() throws {
    let program = try program()
    let table = try quarry("--top", "3", "--by", "alloc_objects", "\(program.number)").run()
    #expect(table.ending == .exit(0) && table.errors.isEmpty, "\(table)")
    let rows = table.outputLines.dropFirst(2).map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 4 && rows[0][0] == "30000" && rows[0][4] == "site::passing()", "\(table)")
    #expect(rows[1][0] == "20000" && rows[1][4] == "site::small()", "\(table)")

    let folded = try quarry("--folded", "\(program.number)").run()
    #expect(folded.outputLines.contains { $0.hasSuffix("site::large() 2000000") }, "\(folded)")

    let json = try quarry("--json", "\(program.number)").run()
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let stacks = try #require(object?["stacks"] as? [[String: Any]])
    let small = try #require(stacks.first { ($0["functions"] as? [String])?.first == "site::small()" })
    #expect((small["values"] as? [String: Int])?["inuse_space"] == 2_000_000)
    #expect(object?["interval"] as? Int == 1)
  }

  @Test func growthIsByCallSite() throws {
    let program = try program()
    let folder = try Scratch.folder()
    _ = try program.atRest()
    #expect(try quarry("-o", "\(folder)/a.pb.gz", "\(program.number)").run().ending == .exit(0))
    program.write("")
    while try program.readLine() != "ready" {}
    _ = try program.atRest()
    #expect(try quarry("-o", "\(folder)/b.pb.gz", "\(program.number)").run().ending == .exit(0))
    let growth = try quarry("--diff", "\(folder)/a.pb.gz", "\(folder)/b.pb.gz").run()
    #expect(growth.ending == .exit(0) && growth.errors.isEmpty, "\(growth)")
    #expect(growth.outputLines[1].hasPrefix("    40.0 MiB  site::mapped() < main < "), "\(growth)")
    #expect(growth.outputLines[2].hasPrefix("    2.86 MiB  site::arrays() < main < "), "\(growth)")
    #expect(!growth.output.contains("site::passing()"), "\(growth)")
    // The same as a file for pprof, and by the way of --base.
    #expect(
      try quarry("--diff", "\(folder)/a.pb.gz", "\(folder)/b.pb.gz", "-o", "\(folder)/c.pb.gz").run().ending == .exit(0)
    )
    #expect(try pprof("\(folder)/c.pb.gz", "inuse_objects")["site::small()"]?[0] == "20000")
    #expect(try pprof("\(folder)/c.pb.gz", "alloc_objects")["site::passing()"]?[0] == "30000")
    let decoded = try ProfileFormatTests.decode("\(folder)/c.pb.gz").outputLines
    let comment =
      "comment quarry: totals are known to (95 %): alloc_objects ± 0, alloc_space ± 0 bytes, inuse_objects ± 0, "
      + "inuse_space ± 0 bytes"
    #expect(decoded.contains(comment), "\(decoded)")
    let base = try quarry("--base", "\(folder)/b.pb.gz", "--folded", "--by", "alloc_space", "\(program.number)").run()
    #expect(base.ending == .exit(0) && base.output.isEmpty, "\(base)")
  }

  @Test func aCommandIsProfiledWhenItEnds() throws {
    var command = try quarry("--", LiveProgram.compile("sites.cc"))
    command.environment["QUARRY_OPTIONS"] = "sample=1"
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines == ["ready"], "\(outcome)")
    #expect(try pprof(command.directory! + "/heap.pb.gz", "alloc_space")["site::small()"]?[0] == "2000000B")

    // Its exit status and the signal that ended it are ours; another program that it becomes is looked at.
    #expect(try quarry("--top", "1", "--", "/bin/sh", "-c", "exit 7").run().ending == .exit(7))
    #expect(try quarry("--top", "1", "--", "/bin/sh", "-c", "kill -TERM $$").run().ending == .signal(15))
    #expect(try quarry("--top", "1", "--", "/bin/sh", "-c", "exec /bin/ls").run().ending == .exit(0))
  }

  /// A program of which there is no profile ends as it would by itself, and why there is none is said in a line.
  @Test func aCommandWithoutAHeapKeepsItsStatus() throws {
    let folder = try Scratch.folder()
    try Scratch.write("int main(void) { return 7; }\n", to: "\(folder)/idle.c")
    let idle = try Tools.compile("\(folder)/idle.c")
    let fixed = try Tools.compile("\(folder)/idle.c", flags: ["-static"])
    var off = try quarry("--top", "3", "--", "/bin/ls")
    off.environment["QUARRY_OPTIONS"] = "sample=off"
    let commands: [(Command, Int32, String)] = [
      (try quarry("--", idle), 7, " has Quarry loaded, but has not asked it for memory"),
      (try quarry("--json", "--", fixed), 7, " does not run on Quarry"), (off, 0, " takes no samples"),
    ]
    for (command, status, words) in commands {
      let outcome = try command.run()
      #expect(outcome.ending == .exit(status) && outcome.errorLines.count == 1, "\(outcome)")
      #expect(outcome.errors.hasPrefix("quarry: no profile: process ") && outcome.errors.contains(words), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: command.directory!).isEmpty)
    }
  }

  /// What has no sample is less than three times their mean distance, as text, JSON, and in the file.
  @Test func withoutASampleThereIsABound() throws {
    let program = try program(sample: "100G")
    let table = try quarry("--top", "3", "\(program.number)").run()
    #expect(table.outputLines.first == "inuse_space: 0 B ± 300.0 GiB (95 %, no sample) in all", "\(table)")
    let json = try quarry("--json", "\(program.number)").run()
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((object?["totals"] as? [String: Int])?["inuse_space"] == 0, "\(json)")
    #expect((object?["errors"] as? [String: Int])?["inuse_space"] == 300 << 30, "\(json)")
    let file = try quarry("\(program.number)")
    #expect(try file.run().errors.contains(" 0 call sites, 0 B ± 300.0 GiB (95 %, no sample) live"))
    let decoded = try ProfileFormatTests.decode(file.directory! + "/heap.pb.gz").outputLines
    #expect(decoded.contains { $0.hasSuffix("inuse_space ± 322122547200 bytes without a sample") }, "\(decoded)")
  }

  /// The profile of a shell's two programs, one after the other or at once, is their sum; whose a sample is says its label.
  @Test(arguments: [";", "&"])
  func whatACommandStartsIsProfiledWithIt(_ between: String) throws {
    let program = try LiveProgram.compile("sites.cc")
    var command = try quarry("--", "/bin/sh", "-c", "\(program) \(between) \(program); wait")
    command.environment["QUARRY_OPTIONS"] = "sample=1"
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.errors.contains("quarry: 3 processes at their end: "), "\(outcome)")
    let lines = try ProfileFormatTests.decode(command.directory! + "/heap.pb.gz").outputLines
    let small = lines.filter { $0.contains("| site::small():") }
    #expect(small.count == 1 && small[0].hasPrefix("sample 40000 4000000 40000 4000000 "), "\(small)")
    #expect(small[0].hasSuffix("| process=sites") && lines.contains { $0.hasSuffix("| process=sh") })
  }

  /// What stops itself is stopped until somebody lets it go on.
  @Test func aCommandCanBeStopped() throws {
    let script = """
      import os, signal
      child = os.fork()
      if child == 0:
        state = ""
        while state != "T": state = open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[0].upper()
        # It is so, rather than on its way past a signal.
        for _ in range(1000):
          os.sched_yield()
          if open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[0].upper() != "T": os._exit(9)
        os.kill(os.getppid(), signal.SIGCONT)
        os._exit(0)
      os.kill(os.getpid(), signal.SIGSTOP)
      os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """
    let outcome = try quarry("--top", "1", "--", "/usr/bin/python3", "-c", script).run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
  }

  @Test func profilesAreWrittenAtIntervalsAndOnASignal() throws {
    let program = try LiveProgram.compile("sites.cc")
    // The program waits until a first file is there.
    let script = #"(until [ -s heap.0001.pb.gz ]; do :; done; echo) | "$0""#
    let timed = try quarry("--interval", "20ms", "--", "/bin/sh", "-c", script, program)
    let outcome = try timed.run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines == ["ready", "ready"], "\(outcome)")
    for name in ["heap.0001.pb.gz", "heap.pb.gz"] { _ = try ProfileFormatTests.decode(timed.directory! + "/" + name) }

    let told = try quarry("--signal", "USR2", "--", "/bin/sh", "-c", "kill -USR2 $PPID;" + script, program)
    #expect(try told.run().ending == .exit(0))
    let names = try FileManager.default.contentsOfDirectory(atPath: told.directory!)
    #expect(Set(names) == ["heap.0001.pb.gz", "heap.pb.gz"])
  }

  /// A process that is watched by its number ends: so does the tool, with what it has written.
  @Test func aProcessIsWatchedToItsEnd() throws {
    let program = try program(sample: "4K")
    let folder = try Scratch.folder()
    let command = try quarry("--interval", "10ms", "-o", "\(folder)/p.pb.gz", "\(program.number)")
    let watcher = try LiveProgram(
      command.executable, command.arguments, environment: Command.plainEnvironment, ready: nil)
    while !FileManager.default.fileExists(atPath: "\(folder)/p.0002.pb.gz") { sched_yield() }
    program.kill()
    #expect(try watcher.waitForEnd() == 0)
    _ = try ProfileFormatTests.decode("\(folder)/p.0002.pb.gz")
    // Nothing unfinished is left.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { $0.hasPrefix("p.0") })
  }

  /// Ended from the keyboard, it leaves nothing unfinished.
  @Test func watchingCanBeEnded() throws {
    let program = try program(sample: "4K")
    let folder = try Scratch.folder()
    let command = try quarry("--signal", "USR2", "-o", "\(folder)/p.pb.gz", "\(program.number)")
    let watcher = try LiveProgram(
      command.executable, command.arguments, environment: Command.plainEnvironment, ready: nil)
    // Until it waits for signals, it would be ended by this one.
    while try !Self.blocks(watcher.number, SIGUSR2) { sched_yield() }
    kill(watcher.number, SIGUSR2)
    while !FileManager.default.fileExists(atPath: "\(folder)/p.0001.pb.gz") { sched_yield() }
    kill(watcher.number, SIGINT)
    #expect(try watcher.waitForEnd() == SIGINT)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["p.0001.pb.gz"])
  }

  /// Nor does one profile that is ended at any moment: it is there as a whole, or not at all.
  @Test func oneProfileCanBeEnded() throws {
    let program = try program(sample: "4K")
    let folder = try Scratch.folder()
    let command = try quarry("-o", "\(folder)/p.pb.gz", "\(program.number)")
    var ended = 0
    for round in 0..<24 {
      let tool = try LiveProgram(
        command.executable, command.arguments, environment: Command.plainEnvironment, ready: nil)
      for _ in 0..<(round * 200) { sched_yield() }
      kill(tool.number, SIGTERM)
      if try tool.waitForEnd() == SIGTERM { ended += 1 }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.isEmpty || names == ["p.pb.gz"], "\(names)")
    }
    #expect(ended > 0)
  }

  /// Whether a process has a signal blocked, by /proc/PID/status.
  private static func blocks(_ process: pid_t, _ signal: Int32) throws -> Bool {
    let lines = try Command("/bin/cat", ["/proc/\(process)/status"]).run().outputLines
    let mask = lines.first { $0.hasPrefix("SigBlk:") }?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
    return (mask ?? 0) >> UInt64(signal - 1) & 1 == 1
  }

  /// A few hundred kilobytes that expand to more than memory has room for are refused.
  @Test func whatExpandsWithoutEndIsRefused() throws {
    let command = try quarry("--diff", "bomb.gz", "bomb.gz")
    var maker = Command("/bin/sh", ["-c", "head -c 300M /dev/zero | gzip -c > bomb.gz"])
    maker.directory = command.directory
    #expect(try maker.run().ending == .exit(0))
    let outcome = try command.run()
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("'bomb.gz': it expands to more than 64 MiB"), "\(outcome)")
    #expect(outcome.peakMemory < 700 << 20)
  }

  /// Without gzip nothing is written, and nothing unfinished stays.
  @Test func withoutGzipNothingStays() throws {
    let program = try program()
    let first = try quarry("--folded", "-o", "a.pb.gz", "\(program.number)")
    #expect(try first.run().ending == .exit(0))
    var expand = Command("/bin/gzip", ["-d", "a.pb.gz"])
    expand.directory = first.directory
    #expect(try expand.run().ending == .exit(0))
    // Where 1 may be a command's exit status, the tool's is another one.
    let all: [([String], Int32)] = [
      (["--diff", "a.pb", "a.pb", "-o", "b.pb.gz"], 1), (["-o", "b.pb.gz", "\(program.number)"], 1),
      (["-o", "b.pb.gz", "--", "/bin/ls"], 125),
    ]
    for (arguments, status) in all {
      var command = try quarry()
      command.arguments += arguments
      command.directory = first.directory
      command.environment["PATH"] = "/nowhere"
      let outcome = try command.run()
      #expect(outcome.ending == .exit(status), "\(outcome)")
      let words = "b.pb.gz': cannot run gzip: No such file or directory; install the package gzip\n"
      #expect(outcome.errors.hasSuffix(words), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: first.directory!) == ["a.pb"])
    }
  }

  @Test func whatGoesWrongIsOneLine() throws {
    let plain = try LiveProgram(LiveProgram.compile("sites.cc"), environment: Command.plainEnvironment)
    let off = try program(sample: "off")
    let folder = try Scratch.folder()
    try Scratch.write("text", to: folder + "/text")
    let wrong: [([String], Int32, String)] = [
      (["\(plain.number)"], 1, "does not run on Quarry"), (["\(off.number)"], 1, "takes no samples"),
      ([], 2, "give one target"), (["--diff", "a"], 2, "--diff compares two files"),
      (["--diff", "\(folder)/none", "\(folder)/text"], 1, "cannot read '\(folder)/none': No such file"),
      (["--diff", "\(folder)/text", "\(folder)/text"], 1, "no profile in pprof's format"),
      (["--base", "\(folder)/text", "\(off.number)"], 1, "no profile in pprof's format"),
      (["--top", "0", "1"], 2, "give a whole number from 1 on"),
      (["--top", "1", "--json", "1"], 2, "give one of them"),
      (["--by", "cpu", "1"], 2, "there is no value 'cpu'"), (["--interval", "10", "1"], 2, "'10' is no interval"),
      (["--signal", "KILL", "1"], 2, "'KILL' is no signal"), (["-o", "heap.svg", "1"], 1, "ending in .gz"),
      (["-o", "/nowhere/heap.pb.gz", "1"], 1, "cannot write"),
      (["-o", "/nowhere/heap.pb.gz", "--", "true"], 125, "cannot write"),
      (["--", "no-such-command"], 127, "no such command"),
    ]
    for (arguments, status, words) in wrong {
      var command = try quarry()
      command.arguments += arguments
      let outcome = try command.run()
      #expect(outcome.ending == .exit(status), "\(arguments): \(outcome)")
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(words), "\(arguments): \(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: command.directory!).isEmpty)
    }
  }
}
