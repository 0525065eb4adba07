// `quarry run --report` on real programs, and its pages in a real browser.

import Foundation
import TestSupport
import Testing

@Suite("Reports of real programs")
struct RunReportTests {
  @Test func aReportHasEveryFormAndItsNumbersAddUp() throws {
    let folder = try Scratch.folder()
    let files = ["html", "json", "svg"].flatMap { ["--report", "\(folder)/run.\($0)"] }
    let outcome = try quarry(["run"] + files + ["--", "/usr/bin/python3", "-c", Watched.program]).run()
    #expect(outcome.ending == .exit(0) && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
    // Nothing else was left there.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["run.html", "run.json", "run.svg"])

    let report = try object("\(folder)/run.json")
    let processes = try #require(report["processes"] as? [[String: Any]])
    #expect(processes.count == 1)
    let process = try #require(processes.first)
    #expect((report["resident"] as? [Any])?.isEmpty == false && process["trouble"] == nil)
    for moment in try #require(process["heap"] as? [[String: Any]]) {
      let parts = moment.filter { !["seconds", "bytes", "bound"].contains($0.key) }.values.map { $0 as? Int ?? 0 }
      #expect(parts.reduce(0, +) == moment["bytes"] as? Int, "\(moment)")
    }
    let last = try #require(process["last"] as? [String: Any])
    #expect(last["isAtEnd"] as? Bool == true)
    #expect((last["fragmentation"] as? [String: Any])?["bound"] as? Int == 0)
    let worst = try #require((process["worst"] as? [String: Any])?["fragmentation"] as? [String: Any])
    let caches = try #require(worst["caches"] as? [[String: Any]])
    // Half of 20 000 blocks of 2000 bytes and Python's heads are free, next to the other half.
    #expect(caches.contains { ($0["freeInSlabs"] as? Int ?? 0) > 15_000_000 }, "\(caches)")

    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "\(folder)/run.svg"])
    #expect(try reader.run().ending == .exit(0))
    reader.arguments = ["--html", "--noout", "\(folder)/run.html"]
    _ = try reader.run()

    #expect(try Browser.open("\(folder)/run.html", isDark: true).errors.isEmpty)
    let page = try Browser.open("\(folder)/run.html")
    #expect(page.errors.isEmpty, "\(page.errors)")
    let data = try #require(page.data() as? [String: Any])
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

  /// Others may write to the folder, and foresee what a file is called before it is in its place.
  @Test func aLinkThatWasLaidIsNotFollowed() throws {
    let folder = try Scratch.folder()
    try Scratch.write("precious", to: "\(folder)/victim")
    var shell = try quarry([])
    let script = "ln -s victim .run.json.$$ && exec \(shell.executable) run --report run.json -- true"
    (shell.executable, shell.arguments, shell.directory) = ("/bin/sh", ["-c", script], folder)
    #expect(try shell.run().ending == .exit(0))
    #expect(try Scratch.read("\(folder)/victim") == "precious")
    #expect(try object("\(folder)/run.json")["totals"] != nil)
    let same = try quarry(["run", "--report", "\(folder)/a.json", "--report", "\(folder)/./a.json", "--", "true"]).run()
    #expect(same.ending == .exit(125) && same.errors.contains("are one file"), "\(same)")
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
    // Both by one shell, as what else runs beside this test may leave files open in one of two.
    let tool = try quarry(["run", "--report", "\(folder)/run.json", "--"])
    let words = ["-c", "sh -c \"$0\" && exec \"$@\" sh -c \"$0\"", script, tool.executable] + tool.arguments
    let both = try Command("/bin/sh", words).run()
    let lines = both.outputLines
    #expect(lines.count == 4 && Array(lines.prefix(2)) == Array(lines.suffix(2)), "\(both)")
    let again = [
      "compare", "-n", "2", "--with", "glibc", "--", "sh", "-c", "grep SigBlk /proc/self/status >> \(folder)/all",
    ]
    #expect(try quarry(again).run().ending == .exit(0))
    let masks = Set(try Scratch.read("\(folder)/all").split(separator: "\n").map(String.init))
    #expect(masks.count == 1 && masks.isSubset(of: lines))
  }

  /// On a terminal there is a line of progress, unless nobody wants it; it is gone in the end.
  @Test(arguments: [false, true])
  func progressIsShownOnATerminal(_ isQuiet: Bool) throws {
    let folder = try Scratch.folder()
    let tool = try quarry([]).executable
    let options = isQuiet ? "--quiet " : ""
    // It goes on until the line is there, if one should come.
    let program = """
      import time
      while \(isQuiet ? "False" : "True") and "quarry: " not in open("\(folder)/terminal", errors="replace").read():
        time.sleep(0.01)
      """
    try Scratch.write(program, to: "\(folder)/program.py")
    // However narrow the terminal is, it is one line.
    let line =
      "stty cols 20; \(tool) run \(options)--report \(folder)/run.json -- /usr/bin/python3 \(folder)/program.py"
    let outcome = try Command(
      Tools.find("script", package: "bsdutils"), ["-qefc", line, "\(folder)/terminal"]
    ).run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
    let shown = outcome.output.split(separator: "\r\u{1b}[K")
    #expect(shown.contains { $0.hasPrefix("quarry: ") } != isQuiet && shown.allSatisfy { $0.count < 20 }, "\(outcome)")
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

  @Test func timesWithoutALookAreSaid() throws {
    let folder = try Scratch.folder()
    let files = ["--report", "\(folder)/run.json", "--report", "\(folder)/run.html"]
    #expect(try quarry(["run"] + files + ["--"] + Watched.unseen).run().ending == .exit(0))
    #expect(try Scratch.read("\(folder)/run.html").contains("<p>Curves break off where nobody looked"))
    #expect(gaps(try object("\(folder)/run.json")["gaps"]).contains { $0.to - $0.from >= 0.3 })
    let outcome = try quarry(["compare", "-n", "1", "--with", "glibc", "--"] + Watched.unseen).run()
    #expect(outcome.ending == .exit(0) && outcome.output.contains("note: nobody looked for "), "\(outcome)")
  }

  /// A program that is stopped by a signal, goes on, handles signals, and is looked at when it ends all the same.
  @Test func aCommandThatIsTracedGetsItsSignals() throws {
    let file = try Scratch.folder() + "/run.json"
    let script = """
      import os, signal
      caught = []
      signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
      os.kill(os.getpid(), signal.SIGUSR1)
      child = os.fork()
      if child == 0:
        state = ""
        while state != "T": state = open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[0].upper()
        # It may be held for a moment for its fork alone, and be stopped only after the signal.
        while True: os.kill(os.getppid(), signal.SIGCONT)
      os.kill(os.getpid(), signal.SIGSTOP)
      os.kill(child, signal.SIGKILL)
      os.waitpid(child, 0)
      os._exit(caught == [1] and 5)
      """
    #expect(try quarry(["run", "--report", file, "--", "/usr/bin/python3", "-c", script]).run().ending == .exit(5))
    let process = try #require((try object(file)["processes"] as? [[String: Any]])?.first)
    #expect((process["last"] as? [String: Any])?["isAtEnd"] as? Bool == true)
  }
}
