// The commands as people call them: what they print can be read by what reads the kernel's own files, and what goes wrong
// is one line and exit status 1.

import CInspection
import Foundation
import TestSupport
import Testing

@testable import Inspection

@Suite("Inspecting commands")
struct CommandLineTests {
  private static let formats = ["slabinfo", "buddyinfo", "pagetypeinfo", "zoneinfo", "meminfo"]

  private func quarry(_ arguments: String...) throws -> Command {
    let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return Command(folder + "/quarry-tool", arguments)
  }

  private func known() throws -> LiveProgram { try LiveProgram(LiveProgram.compile("known.cc")) }

  @Test func knownCountsAreInSlabinfo() throws {
    let program = try known()
    _ = try program.atRest()
    let outcome = try quarry("slabinfo", "\(program.number)").run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    #expect(outcome.outputLines.first == "slabinfo - version: 2.1")
    let row = try #require(outcome.outputLines.first { $0.hasPrefix("malloc-112 ") })
    #expect(row.split(separator: " ")[1] == "500", "\(row)")
  }

  @Test(arguments: formats + ["fragmentation"])
  func everyCommandPrintsJSON(_ name: String) throws {
    let program = try known()
    let outcome = try quarry(name, "--json", "\(program.number)").run()
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    #expect((object?["target"] as? String)?.contains("known") == true, "\(outcome)")
  }

  /// slabtop, vmstat and free read the kernel's files, in whose place ours are put for them alone.
  @Test func programsForTheKernelsFilesReadThem() throws {
    let program = try known()
    let folder = try Scratch.folder()
    for name in ["slabinfo", "meminfo"] {
      try Scratch.write(try quarry(name, "\(program.number)").run().output, to: "\(folder)/\(name)")
    }
    let script = """
      mount --bind "$1/slabinfo" /proc/slabinfo && mount --bind "$1/meminfo" /proc/meminfo &&
      slabtop -o && vmstat -m && free -k
      """
    let outcome = try Command(
      Tools.find("unshare", package: "util-linux"), ["--mount", "sh", "-c", script, "sh", folder]
    ).run()
    #expect(outcome.ending == .exit(0), "needs root: \(outcome)")
    let rows = outcome.outputLines.map { $0.split(separator: " ").map(String.init) }
    #expect(rows.contains { $0.last == "malloc-112" && $0[1] == "500" }, "\(outcome)")
    #expect(rows.contains { $0.first == "malloc-112" && $0[1] == "500" }, "\(outcome)")
    #expect(rows.contains { $0.first == "Mem:" && Int($0[1]).map { $0 >= 64 << 10 } == true }, "\(outcome)")
  }

  @Test func metricsAreAcceptedByTheOfficialParser() throws {
    let program = try known()
    let text = try quarry("metrics", "\(program.number)").run()
    #expect(text.ending == .exit(0) && text.output.hasSuffix("# EOF\n"), "\(text)")
    var parser = Command(
      "/usr/bin/python3",
      [
        "-c",
        """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        for family in text_string_to_metric_families(sys.stdin.read()):
          for sample in family.samples: print(sample.name, sample.labels.get("cache"), sample.labels.get("state"), f"{sample.value:g}")
        """,
      ])
    parser.input = text.output
    let outcome = try parser.run()
    #expect(outcome.ending == .exit(0), "is python3-prometheus-client installed? \(outcome)")
    #expect(outcome.outputLines.contains("quarry_cache_objects malloc-112 live 500"), "\(outcome)")
  }

  /// However many processes there are, few files are open at a time.
  @Test func metricsOfManyProcessesNeedFewFiles() throws {
    let program = try LiveProgram(LiveProgram.compile("many.c"), ["60"])
    var command = try quarry("metrics")
    command.limits = ["n": 32]
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0), "\(outcome.errors)")
    let rows = outcome.outputLines.filter { $0.hasPrefix("quarry_opened_bytes{") && $0.contains("command=\"many\"") }
    #expect(rows.count >= 61, "\(rows.count)")
    _ = program
  }

  /// What was read of one process is gone before the next one is read: their number costs the text alone.
  @Test func metricsOfManyProcessesNeedLittleMemory() throws {
    func peak(_ count: Int) throws -> (bytes: Int, text: Int) {
      let programs = try LiveProgram(LiveProgram.compile("many.c"), ["\(count)"])
      // Others come and go while this is measured.
      var command = try quarry("metrics")
      command.arguments += programs.firstLine.split(separator: " ").dropFirst().map(String.init)
      let outcome = try command.run()
      try check(outcome.ending == .exit(0), "\(outcome.errors)")
      return (outcome.peakMemory, outcome.output.utf8.count)
    }
    let before = try peak(10)
    let after = try peak(310)
    let text = after.text - before.text
    #expect(text > 300 << 10)
    // Once by family, once joined, and what strings that grow keep.
    #expect(after.bytes - before.bytes < 6 * text + 2 << 20, "\(before), \(after)")
  }

  @Test func theExporterServesAndRefuses() throws {
    let program = try known()
    let command = try quarry("metrics", "--listen", "0", "\(program.number)")
    let exporter = try LiveProgram(
      command.executable, command.arguments, environment: Command.plainEnvironment, ready: "serving http")
    let url = try #require(exporter.firstLine.split(separator: " ").last.map(String.init))
    let curl = try Tools.find("curl", package: "curl")
    let answer = try Command(curl, ["-sf", url]).run()
    #expect(answer.output.contains("quarry_cache_objects{pid=\"\(program.number)\"") && answer.ending == .exit(0))
    // Who asks for OpenMetrics gets it, others the format that all know.
    #expect(!answer.output.contains("# EOF"))
    let asked = try Command(curl, ["-sfi", "-H", "Accept: application/openmetrics-text; version=1.0.0", url]).run()
    #expect(asked.output.contains("Content-Type: application/openmetrics-text;") && asked.output.hasSuffix("# EOF\n"))
    // A collector may be told to send parameters, which nobody here needs.
    #expect(try Command(curl, ["-sf", url + "?name=x"]).run().output.contains("quarry_cache_objects{"))
    #expect(try Command(curl, ["-s", "-o", "/dev/null", "-w", "%{http_code}", url + "x"]).run().output == "404")
    #expect(try Command(curl, ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", "x", url]).run().output == "405")
    // Who says a letter from time to time does not keep the others waiting.
    let slow = """
      import socket, sys, threading, urllib.request
      address = sys.argv[1].split("/")[2].split(":")
      client = socket.create_connection((address[0], int(address[1])))
      served = threading.Event()
      def say():
        try:
          while not served.wait(0.5): client.send(b"G")
        except OSError: pass
      threading.Thread(target=say).start()
      try: print(urllib.request.urlopen(sys.argv[1], timeout=60).status)
      finally: served.set()
      """
    #expect(try Command("/usr/bin/python3", ["-c", slow, url]).run().outputLines == ["200"])
    // The process ends; the exporter goes on and has nothing to tell.
    program.kill()
    let after = try Command(curl, ["-sf", url]).run()
    #expect(after.ending == .exit(0) && !after.output.contains("{"), "\(after)")
  }

  /// Every metric that the dashboard asks for is one that is served.
  @Test func theDashboardKnowsTheMetrics() throws {
    let outcome = try quarry("metrics", "--dashboard").run()
    let board = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let panels = try #require(board?["panels"] as? [[String: Any]])
    let program = try known()
    let served = try quarry("metrics", "\(program.number)").run().output
    for panel in panels {
      let target = try #require((panel["targets"] as? [[String: Any]])?.first?["expr"] as? String)
      for name in target.matches(of: /quarry_[a-z_]+/).map({ String($0.output) }) {
        #expect(served.contains("\n\(name){"), "\(name) of \(target)")
      }
    }
    #expect(panels.count >= 6)
  }

  @Test func mapWritesPicturesByTheirNames() throws {
    let program = try known()
    let folder = try Scratch.folder()
    for name in ["zone.svg", "zone.html"] {
      let outcome = try quarry("map", "--output", "\(folder)/\(name)", "\(program.number)").run()
      #expect(outcome.ending == .exit(0) && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
      #expect(try Scratch.read("\(folder)/\(name)").contains("(known)"))
    }
    let text = try quarry("map", "\(program.number)").run()
    #expect(text.output.contains("#########################"), "\(text)")
    let wrong = try quarry("map", "--output", "zone.png", "\(program.number)").run()
    #expect(wrong.ending == .exit(2) && wrong.errorLines.count == 1, "\(wrong)")
    let both = try quarry("map", "--json", "--output", "zone.svg", "\(program.number)").run()
    #expect(both.ending == .exit(2) && both.errorLines.count == 1, "\(both)")
    let missing = try quarry("map", "--output", "/nowhere/zone.svg", "\(program.number)").run()
    #expect(missing.ending == .exit(1) && missing.errorLines.count == 1, "\(missing)")
    // What is no file is left what it is.
    mkfifo("\(folder)/pipe.svg", 0o600)
    let pipe = try quarry("map", "--output", "\(folder)/pipe.svg", "\(program.number)").run()
    #expect(pipe.ending == .exit(1) && pipe.errorLines.count == 1, "\(pipe)")
    #expect(pipe.errors.contains("it is no regular file; give the name of a file"), "\(pipe)")
    let place = try quarry("map", "--output", "/proc/zone.svg", "\(program.number)").run()
    #expect(place.ending == .exit(1) && place.errorLines.count == 1, "\(place)")
  }

  /// What the page shows is what is printed as JSON, in both colours of screens, and its script has nothing to complain of.
  @Test(arguments: [false, true])
  func theMapsPageIsRightInABrowser(_ isDark: Bool) throws {
    let program = try known()
    _ = try program.atRest()
    let path = try Scratch.folder() + "/zone.html"
    #expect(try quarry("map", "--output", path, "\(program.number)").run().ending == .exit(0))
    let outcome = try quarry("map", "--json", "\(program.number)").run()
    let json = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let page = try Browser.open(path, isDark: isDark)
    #expect(page.errors.isEmpty && page.document.contains("6 pixels a page"), "\(page.errors)")
    #expect(NSDictionary(dictionary: page.data("zone-data") as? [String: Any] ?? [:]).isEqual(to: json))
    let legend = try #require(json["legend"] as? [[String: Any]])
    let shown = page.document.matches(of: /<span data-kind="([a-zA-Z]+)" data-pages="([0-9]+)">/)
    #expect(shown.map { String($0.1) } == legend.map { $0["kind"] as? String ?? "" })
    #expect(shown.map { Int($0.2) } == legend.map { $0["pages"] as? Int })
    // All pages have a colour, and as many as the legend says.
    let cells = try #require(json["cells"] as? [Int])
    let pages = stride(from: 0, to: cells.count, by: 2).reduce(0) { $0 + cells[$1] }
    #expect(pages == legend.reduce(0) { $0 + ($1["pages"] as? Int ?? 0) } && pages > 0)
  }

  /// Who points at a page is told what it holds; who zooms gets larger pages.
  @Test func theMapsPageAnswersThePointer() throws {
    let program = try known()
    _ = try program.atRest()
    let path = try Scratch.folder() + "/zone.html"
    #expect(try quarry("map", "--output", path, "\(program.number)").run().ending == .exit(0))
    let json = try quarry("map", "--json", "\(program.number)").run().output
    let zone = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let caches = try #require(zone["caches"] as? [String])
    let slabs = try #require(zone["slabs"] as? [[Int]])
    let slab = try #require(slabs.first { caches[$0[2]] == "malloc-112" && $0[1] == 1 })
    let run = try #require((zone["runs"] as? [[Int]])?.first { $0[1] == 25 })
    let base = try #require((zone["base"] as? String).flatMap { UInt($0, radix: 16) })
    func address(_ page: Int) -> String { "0x" + String(base + UInt(page) << 12, radix: 16) }
    let script = """
      <pre id="told"></pre><script>
      const told = [];
      function point(page) {
        const box = canvas.getBoundingClientRect();
        const [x, y] = [page % data.columns, Math.floor(page / data.columns)].map(place => (place + 0.5) * cell);
        canvas.dispatchEvent(new MouseEvent("mousemove", {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
        told.push(document.getElementById("what").textContent);
      }
      function zoomBy(button) {
        document.getElementById(button).click();
        told.push(document.getElementById("scale").textContent + ", " + canvas.width / data.columns);
      }
      point(\(slab[0])); zoomBy("in"); point(\(run[0])); point(0); zoomBy("out"); zoomBy("out");
      document.getElementById("told").textContent = told.join("\\n");
      </script></body>
      """
    try Scratch.write(try Scratch.read(path).replacingOccurrences(of: "</body>", with: script), to: path)
    let page = try Browser.open(path)
    #expect(page.errors.isEmpty, "\(page.errors)")
    let told = page.document.firstMatch(of: /<pre id="told">([^<]*)<\/pre>/).map { String($0.1) }
    let of = "slab of 1 page, \(slab[3]) of \(slab[4]) objects live, heap \(slab[5])"
    #expect(
      told == """
        \(address(slab[0])): malloc-112, \(of)
        9 pixels a page, 9
        \(address(run[0])): block of 25 pages
        \(address(0)): no block
        6 pixels a page, 6
        4 pixels a page, 4
        """)
  }

  @Test func topPrintsPlainRowsWhenPiped() throws {
    let program = try known()
    let outcome = try quarry("top", "--delay", "0.1", "--count", "2", "--sort", "live", "\(program.number)").run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
    let rows = outcome.outputLines.filter { $0.hasSuffix(" malloc-112") }.map {
      $0.split(separator: " ").map(String.init)
    }
    #expect(rows.count == 2 && rows.allSatisfy { $0[1] == "500" } && rows[1][8] == "0", "\(outcome)")
  }

  @Test func topPrintsAnObjectALook() throws {
    let program = try known()
    _ = try program.atRest()
    let outcome = try quarry("top", "--json", "-d", "0.1", "-n", "3", "--sort", "name", "\(program.number)").run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty && outcome.outputLines.count == 3, "\(outcome)")
    for (number, line) in outcome.outputLines.enumerated() {
      let look = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect((look["target"] as? String)?.hasSuffix("(known)") == true)
      #expect(look["boundPages"] as? Int == 0 && look["boundBytes"] as? Int == 0)
      #expect(look["mappedBlocks"] as? Int == 1 && look["pageBlocks"] as? Int ?? 0 >= 9)
      let caches = try #require(look["caches"] as? [[String: Any]])
      let cache = try #require(caches.first { $0["name"] as? String == "malloc-112" })
      #expect(cache["live"] as? Int == 500 && cache["liveRate"] as? Double == (number == 0 ? nil : 0))
      let sizes = caches.compactMap { $0["objectSize"] as? Int }
      #expect(sizes == sizes.sorted() && sizes.count == caches.count)
    }
  }

  @Test func topOnATerminalAnswersKeys() throws {
    let program = try known()
    let command = try quarry("top", "--delay", "60", "\(program.number)")
    var terminal = Command(
      try Tools.find("script", package: "bsdutils"),
      ["-qec", ([command.executable] + command.arguments).joined(separator: " "), "/dev/null"])
    terminal.input = "nq"
    let outcome = try terminal.run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
    #expect(outcome.output.contains("\u{1b}[?1049h") && outcome.output.hasSuffix("\u{1b}[?1049l"), "\(outcome)")
  }

  /// What did not fit is there at once when the terminal becomes wide, not with the next look.
  @Test func topFollowsTheSizeOfTheTerminal() throws {
    let program = try known()
    let command = try quarry("top", "--delay", "86400", "\(program.number)")
    let script = Library.packageRoot + "/Tests/InspectionTests/Programs/resized.py"
    let outcome = try Command(
      Tools.find("python3", package: "python3"), [script, "mapped blocks", command.executable] + command.arguments
    ).run()
    #expect(outcome.outputLines == ["narrow False, wide True, status 0"], "\(outcome)")
  }

  /// The shell gets its terminal as it was, and who comes back his picture.
  @Test func topStopsAsAJob() throws {
    let program = try known()
    let command = try quarry("top", "--delay", "86400", "\(program.number)")
    let script = Library.packageRoot + "/Tests/InspectionTests/Programs/suspended.py"
    var shell = Command(
      try Tools.find("python3", package: "python3"), ["-B", script, command.executable] + command.arguments)
    shell.deadline = .seconds(60)
    let outcome = try shell.run()
    #expect(outcome.outputLines == ["cooked True, open True, closed True, status 0"], "\(outcome)")
  }

  /// Where nobody can type, rows are plain, and what is on standard input is left there.
  @Test func topWithoutKeysPrintsPlainRows() throws {
    let program = try known()
    let command = try quarry("top", "--delay", "0.1", "-n", "2", "\(program.number)")
    let line = "{ \(command.executable) \(command.arguments.joined(separator: " ")); cat; } < input"
    var terminal = Command(try Tools.find("script", package: "bsdutils"), ["-qec", line, "/dev/null"])
    terminal.directory = try Scratch.folder()
    try Scratch.write("left\n", to: terminal.directory! + "/input")
    let outcome = try terminal.run()
    #expect(outcome.ending == .exit(0) && !outcome.output.contains("\u{1b}"), "\(outcome)")
    #expect(outcome.output.components(separatedBy: " malloc-112\r\n").count == 3, "\(outcome)")
    #expect(outcome.output.hasSuffix("left\r\n"), "\(outcome)")
  }

  /// In its own name, whichever way it is asked for.
  @Test(
    arguments: formats + ["fragmentation", "why", "metrics", "map", "top", "leaks", "profile", "compare", "run"]
      + ["trace", "trace record", "trace replay", "trace analyse", "trace print"])
  func everyCommandHasHelp(_ name: String) throws {
    var (asked, told) = (try quarry(), try quarry())
    let words = name.split(separator: " ").map(String.init)
    (asked.arguments, told.arguments) = (words + ["--help"], ["help"] + words)
    let help = try asked.run()
    #expect(help.ending == .exit(0) && help.errors.isEmpty, "\(help)")
    #expect(help.output.contains("quarry \(name) "), "\(help)")
    #expect(try told.run().output == help.output)
  }

  /// What cannot be written is told, rather than lost with a status that says that all went well.
  @Test(
    arguments: [
      "slabinfo P", "fragmentation --json P", "top -n 2 -d 0.05 P", "top --json -n 1 P", "map P", "map --json P",
      "why P 8", "leaks P", "metrics P", "metrics --dashboard", "profile --top 3 P", "manual",
    ].map { ($0, Int32(1)) } + [("profile --top 1 -- /bin/ls /", 125), ("compare -n 1 --with glibc -- true", 125)])
  func aFullDiskIsTold(_ words: String, _ status: Int32) throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"), environment: Library.preloaded(options: "sample=1"))
    for stream in [">/dev/full", ">&-"] {
      var command = try quarry()
      let named = words.replacingOccurrences(of: "P", with: "\(program.number)")
      let script = "exec \(command.executable) \(named) \(stream)"
      (command.executable, command.arguments) = ("/bin/sh", ["-c", script])
      let outcome = try command.run()
      #expect(outcome.ending == .exit(status), "\(script): \(outcome)")
      let reason = stream == ">&-" ? "Bad file descriptor" : "No space left on device"
      let line = "quarry: cannot write to standard output: \(reason)"
      #expect(outcome.errorLines.last == line, "\(script): \(outcome)")
    }
  }

  /// A mistake is one line that says what would be right, and where there is more about it.
  @Test(arguments: [
    ("metrics --listen 99999", "'--listen <port>': give a whole number from 0 to 65535; see 'quarry metrics --help'"),
    ("metrics --listen http", "'--listen <port>': give a whole number from 0 to 65535; see 'quarry metrics --help'"),
    ("top -d abc 1", "'-d <seconds>': give a number from 0.05 to 86400; see 'quarry top --help'"),
    ("top -d nan 1", "'-d <seconds>': give a number from 0.05 to 86400; see 'quarry top --help'"),
    ("top -d 1e9 1", "'-d <seconds>': give a number from 0.05 to 86400; see 'quarry top --help'"),
    ("top -n 1.5 1", "'-n <number>': give a whole number from 1 on; see 'quarry top --help'"),
    ("top -s x 1", "one of the following: size, objects, live, use, rate, name; see 'quarry top --help'"),
    ("compare -n many -- true", "'-n <number>': give a whole number from 1 to 1000; see 'quarry compare --help'"),
    ("profile --top x 1", "'--top <count>': give a whole number from 1 on; see 'quarry profile --help'"),
    ("profile --sites 0 1", "'--sites <count>': give a whole number from 1 on; see 'quarry profile --help'"),
    ("trace replay -n 0 x", "'-n <rounds>': give a whole number from 1 to 1000; see 'quarry trace replay --help'"),
    ("trace analyse --top=-1 x", "'--top <count>': give a whole number from 0 on; see 'quarry trace analyse --help'"),
    ("trace", "give what to do: record, replay, analyse or print; see 'quarry trace --help'"),
    ("trace replay", "missing expected argument '<file>'; see 'quarry trace replay --help'"),
    ("slabinfo", "a core file, or a command after '--'; see 'quarry slabinfo --help'"),
    ("top", "missing expected argument '<pid>'; see 'quarry top --help'"),
    ("nonsense", "unexpected argument 'nonsense'; see 'quarry --help'"),
  ])
  func aMistakeIsOneLine(_ words: String, _ line: String) throws {
    var command = try quarry()
    command.arguments = words.split(separator: " ").map(String.init)
    let outcome = try command.run()
    #expect(outcome.ending == .exit(2) && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.hasPrefix("quarry: ") && outcome.errors.hasSuffix(line + "\n"), "\(outcome)")
  }

  @Test func completionsAreThere() throws {
    var shell = Command("/bin/bash", ["-n"])
    shell.input = try quarry("--generate-completion-script", "bash").run().output
    #expect(shell.input.contains("fragmentation"))
    #expect(try shell.run().ending == .exit(0))
  }

  @Test func whyTellsWhatIsThere() throws {
    let program = try known()
    let addresses = Dictionary(
      uniqueKeysWithValues: program.firstLine.split(separator: " ").dropFirst().map {
        let parts = $0.split(separator: "=").map(String.init)
        return (parts[0], parts[1])
      })
    func why(_ name: String, plus offset: UInt = 0) throws -> String {
      let address = UInt(addresses[name]!.dropFirst(2), radix: 16)! + offset
      return try quarry("why", "\(program.number)", String(address, radix: 16)).run().output
    }
    #expect(try why("live").contains(": a live 112-byte object of cache malloc-112"))
    #expect(try why("live", plus: 7).contains(": 7 bytes into a live 112-byte object"))
    #expect(try why("freed").contains(": a free ("))
    #expect(try why("kib").contains(": a live 1024-byte object of cache malloc-1024"))
    #expect(try why("run", plus: 5000).contains(": 5000 bytes into a live block of 25 pages"))
    #expect(try why("freerun").contains(": a free page, in a block of order "))
    #expect(try why("huge", plus: 1).contains(": 1 bytes into a live block of 64.0 MiB with a mapping of its own"))
    #expect(try why("static").contains(": not Quarry's: [stack]"))
    #expect(try quarry("why", "\(program.number)", "8").run().output.contains(": nothing is mapped there"))
  }

  @Test func whyTellsTheSameAsJSON() throws {
    let program = try known()
    let addresses = program.firstLine.split(separator: " ").dropFirst().map { $0.split(separator: "=")[1] }
    var command = try quarry("why", "\(program.number)")
    command.arguments += addresses.map(String.init)
    let text = try command.run()
    command.arguments.append("--json")
    let outcome = try command.run()
    let answers = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(answers.map { "\($0["address"] ?? ""): \($0["words"] ?? "")" } == text.outputLines, "\(outcome)")
    let live = try #require(answers.first)
    #expect(live["state"] as? String == "live" && live["cache"] as? String == "malloc-112", "\(live)")
    #expect(live["bytes"] as? Int == 112 && live["offset"] as? Int == 0 && live["kind"] as? String == "object")
  }

  /// Of a sample, what was asked for is known, and by whom.
  @Test func whyTellsWhoAllocatedASample() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"), environment: Library.preloaded(options: "sample=1"))
    func why(_ name: String) throws -> String {
      let address = try #require(program.firstLine.split(separator: " ").first { $0.hasPrefix(name + "=") })
      return try quarry("why", "\(program.number)", String(address.dropFirst(name.count + 1))).run().output
    }
    let live = try why("live")
    #expect(
      live.contains(": a live 112-byte object of cache malloc-112, asked for with 100 bytes by heap "), "\(live)")
    #expect(live.contains("\n    from main\n"), "\(live)")
    #expect(try why("run").contains("a live block of 25 pages"))
    #expect(try why("huge").contains("\n    from main\n"))
  }

  /// The target may be a command, behind the addresses.
  @Test func whyLooksAtACommandAtItsEnd() throws {
    let outcome = try quarry("why", "8", "0x9", "--", "/bin/sh", "-c", "echo hello").run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines.first == "hello", "\(outcome)")
    #expect(outcome.outputLines.filter { $0.contains(": nothing is mapped there") }.count == 2, "\(outcome)")
    for words in [["--", "true"], ["8"], []] {
      var command = try quarry("why")
      command.arguments += words
      let without = try command.run()
      #expect(without.ending == .exit(2) && without.errors.contains("give an address"), "\(without)")
    }
    let none = try quarry("slabinfo").run()
    #expect(none.ending == .exit(2) && none.errorLines.count == 1 && none.errors.contains("give one target"), "\(none)")
  }

  /// What changes is seen of living processes alone.
  @Test(arguments: [["top"], ["metrics"]])
  func aLivingProcessIsWanted(_ words: [String]) throws {
    for target in [["/tmp/core"], ["--", "true"], ["0"]] {
      var command = try quarry()
      command.arguments = words + target
      let outcome = try command.run()
      #expect(outcome.ending == .exit(2) && outcome.errorLines.count == 1, "\(outcome)")
      #expect(outcome.errors.contains("is not the number of a process: a living one is wanted here"), "\(outcome)")
    }
  }

  @Test func aCommandIsLookedAtWhenItEnds() throws {
    let outcome = try quarry("slabinfo", "--", "/bin/sh", "-c", "echo hello").run()
    #expect(outcome.ending == .exit(0) && outcome.outputLines.first == "hello", "\(outcome)")
    #expect(outcome.outputLines.contains { $0.hasPrefix("malloc-32 ") }, "\(outcome)")
    let missing = try quarry("slabinfo", "--", "no-such-command").run()
    #expect(missing.ending == .exit(127) && missing.errorLines.count == 1, "\(missing)")
    let empty = try quarry("slabinfo", "--", "").run()
    #expect(empty.ending == .exit(127), "\(empty)")
    #expect(empty.errors == "quarry: cannot run '': no such command in PATH\n", "\(empty)")
  }

  /// A place that cannot be written is refused before the command runs.
  @Test func noPictureIsTriedInVain() throws {
    let trace = try Scratch.folder() + "/ran"
    let outcome = try quarry("map", "-o", "/nowhere/zone.svg", "--", "/usr/bin/touch", trace).run()
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("cannot write '/nowhere/zone.svg'"), "\(outcome)")
    #expect(!FileManager.default.fileExists(atPath: trace))
  }

  @Test func whatGoesWrongIsOneLine() throws {
    let without = try LiveProgram(LiveProgram.compile("known.cc"), environment: Command.plainEnvironment)
    let wrong = [
      ["slabinfo", "\(without.number)"]: "does not run on Quarry",
      ["slabinfo", "1073741823"]: "there is no process",
      ["fragmentation", "nowhere"]: "neither the number of a process",
      ["buddyinfo", "/bin/sh"]: "no 64-bit ELF core file",
      ["why", "\(without.number)", "xyz"]: "is no address",
      ["metrics", "\(without.number)"]: "does not run on Quarry",
    ]
    for (arguments, words) in wrong {
      var command = try quarry()
      command.arguments = arguments
      let outcome = try command.run()
      #expect(outcome.ending == .exit(1), "\(arguments): \(outcome)")
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(words), "\(arguments): \(outcome)")
    }
  }

  @Test func anotherVersionIsOneLine() throws {
    let program = try known()
    let version = try #require(MemoryLayout<quarry_zone>.offset(of: \.layout_version))
    let place = try HeapReader(LiveProcess(program.number)).place.record + UInt(version)
    let memory = open("/proc/\(program.number)/mem", O_WRONLY)
    defer { close(memory) }
    try #require(withUnsafeBytes(of: UInt32(77)) { pwrite(memory, $0.baseAddress, 4, Int(place)) } == 4)
    for look in MatrixTests.looks {
      let more = look.name == "why" ? ["0x1000"] : []
      var command = try quarry(look.name)
      command.arguments += look.arguments + ["\(program.number)"] + more
      let outcome = try command.run()
      #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains("layout 77, and this tool reads layout "), "\(outcome)")
    }
  }

  /// A program may call itself what it likes; a terminal is not to obey it.
  @Test func aProgramsNameIsNoCommandForTheTerminal() throws {
    let path = try Scratch.folder() + "/kn\u{1b}[2Jown"
    try Executables.copy(LiveProgram.compile("known.cc"), to: path)
    let program = try LiveProgram(path)
    for command in ["fragmentation", "metrics", "top"] {
      let words = command == "top" ? ["-n", "1"] : []
      var outcome = try quarry(command)
      outcome.arguments += words + ["\(program.number)"]
      let text = try outcome.run()
      #expect(text.ending == .exit(0) && text.output.contains("kn?[2Jown") && !text.output.contains("\u{1b}"))
    }
  }

  @Test func anotherUsersProcessMayNotBeRead() throws {
    let program = try known()
    var command = try quarry("slabinfo", "\(program.number)")
    command.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", command.executable] + command.arguments
    command.executable = try Tools.find("setpriv", package: "util-linux")
    let outcome = try command.run()
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "needs root: \(outcome)")
    #expect(outcome.errors.contains("may not be read"), "\(outcome)")
  }
}
