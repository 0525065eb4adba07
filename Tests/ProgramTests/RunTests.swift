// `quarry run`: what the command under it gets, and what its caller sees.

import Foundation
import TestSupport
import Testing

@Suite("quarry run")
struct RunTests {
  /// With and without a process in between, a command and its caller see the same.
  static let ways: [[String]] = [[], ["--summary"]]

  @Test("The command has the library and keeps what was preloaded before", arguments: ways)
  func preloads(_ options: [String]) throws {
    let script = #"echo "$LD_PRELOAD"; cat /proc/$$/maps"#
    let outcome = try quarry(
      ["run"] + options + ["--", "sh", "-c", script], environment: ["LD_PRELOAD": "libm.so.6 libdl.so.2"])
    let library = try Library.path()
    #expect(outcome.ending == .exit(0) && outcome.outputLines.first == "\(library):libm.so.6:libdl.so.2")
    #expect(outcome.output.contains(library), "\(outcome)")
  }

  @Test("The exit status is the command's", arguments: ways, [0, 3, 126, 127, 255] as [Int32])
  func status(_ options: [String], _ status: Int32) throws {
    let outcome = try quarry(["run"] + options + ["--", "sh", "-c", "exit \(status)"])
    #expect(outcome.ending == .exit(status))
  }

  @Test("A signal that ends the command ends the tool", arguments: ways, [SIGSEGV, SIGTERM, SIGKILL])
  func signal(_ options: [String], _ signal: Int32) throws {
    let outcome = try quarry(["run"] + options + ["--", "sh", "-c", "kill -\(signal) $$"])
    #expect(outcome.ending == .signal(signal))
  }

  @Test("A signal sent to the tool reaches the command", arguments: ways, ["TERM", "HUP", "USR1"])
  func forwards(_ options: [String], _ signal: String) throws {
    let inner = "trap 'echo got \(signal); exit 9' \(signal); echo ready >&3; while :; do sleep 0.01; done"
    let script = #"""
      mkfifo ready; "$@" 3>ready & tool=$!; read -r line <ready; kill -\#(signal) $tool; wait $tool; echo $?
      """#
    let words = ["-c", script, "sh", Self.tool, "run"] + options + ["--", "sh", "-c", inner]
    var command = Command("sh", words)
    command.environment["QUARRY_LIBRARY"] = try Library.path()
    command.directory = try Scratch.folder()
    let outcome = try command.run()
    #expect(outcome.outputLines == ["got \(signal)", "9"], "\(outcome)")
  }

  @Test("Standard streams and arguments pass unchanged", arguments: ways)
  func passesThrough(_ options: [String]) throws {
    // Arguments that look like options of the tool, and one that is not UTF-8.
    let script = #"exec "$@" cat --summary -- "$(printf '\377')""#
    let show = #"printf '%s|' "$0" "$@" | od -An -c; cat"#
    let words = ["-c", script, "sh", Self.tool, "run"] + options + ["sh", "-c", show]
    var command = Command("sh", words)
    command.environment["QUARRY_LIBRARY"] = try Library.path()
    command.input = "input\n"
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0))
    let text = outcome.output.split(whereSeparator: \.isWhitespace).joined()
    #expect(text == "cat|--summary|--|377|input", "\(outcome)")
  }

  @Test func summaryGoesToStandardErrorAlone() throws {
    let program = "x = bytearray(50000000); print('printed')"
    let outcome = try quarry(["run", "--summary", "--", "/usr/bin/python3", "-c", program])
    #expect(outcome.output == "printed\n")
    let lines = outcome.errorLines
    #expect(lines.first == "quarry: /usr/bin/python3 ended with status 0")
    #expect(outcome.errors.contains(/time +\d+\.\d{3} s elapsed, \d+\.\d{3} s user, \d+\.\d{3} s system/))
    let peak = outcome.errors.firstMatch(of: /memory +(\d+)\.\d{2} MiB peak resident/).flatMap { Int($0.1) }
    #expect(peak.map { (48..<90).contains($0) } == true, "\(outcome)")
    #expect(outcome.errors.contains(/faults +\d+ minor, \d+ major/))
    #expect(lines.count == 4)
  }

  @Test func noSummaryWithoutTheOption() throws {
    let outcome = try quarry(["run", "--", "true"])
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
  }

  /// The peak of the tool itself must not be taken for that of a smaller command.
  @Test func summaryMeasuresSmallCommands() throws {
    let outcome = try quarry(["run", "--summary", "--", "true"])
    let peak = outcome.errors.firstMatch(of: /memory +(\d+)\.\d{2} MiB/).flatMap { Int($0.1) }
    #expect(peak.map { $0 < 8 } == true, "\(outcome)")
  }

  @Test func optionsFollowThoseOfTheEnvironment() throws {
    let outcome = try quarry(
      ["run", "--options", "thp=never,kswapd=auto", "--", "sh", "-c", "echo $QUARRY_OPTIONS"],
      environment: ["QUARRY_OPTIONS": "purge=slow", "QUARRY_LIBRARY": try Self.emptyLibrary()])
    #expect(outcome.output == "purge=slow,thp=never,kswapd=auto\n")
  }

  @Test("A library whose path LD_PRELOAD cannot hold", arguments: ["a b", "a:b", "a$b"])
  func awkwardPath(_ name: String) throws {
    let folder = try Scratch.folder() + "/" + name
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try FileManager.default.copyItem(atPath: Library.path(), toPath: folder + "/libquarry.so")
    let outcome = try quarry(
      ["run", "--library", folder + "/libquarry.so", "--", "grep", "-c", name, "/proc/self/maps"],
      environment: ["TMPDIR": try Scratch.folder()])
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
  }

  @Test func findsTheLibraryBesideItselfAndInLib() throws {
    for place in ["bin", "lib"] {
      let folder = try Scratch.folder()
      for name in ["bin", "lib"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
      }
      // Copied by another process: a file that this one has open for writing, as its children have then,
      // cannot be executed.
      _ = try Command("cp", [Self.tool, folder + "/bin/quarry"]).run()
      try FileManager.default.copyItem(atPath: Library.path(), toPath: "\(folder)/\(place)/libquarry.so")
      let outcome = try Command(folder + "/bin/quarry", ["run", "--", "sh", "-c", "echo $LD_PRELOAD"]).run()
      #expect(outcome.output == "\(folder)/\(place)/libquarry.so\n", "\(outcome)")
    }
  }

  static let mistakes: [Mistake] = [
    Mistake([], 2, "no command to run"),
    Mistake(["--"], 2, "no command to run after '--'"),
    Mistake(["--sumary", "--", "ls"], 2, "unknown option '--sumary'"),
    Mistake(["--library"], 2, "missing value for '--library"),
    Mistake(["--options", "thp", "--", "ls"], 2, "wrong option 'thp'"),
    Mistake(["--options", "a=1,,b=2", "--", "ls"], 2, "wrong option ''"),
    Mistake(["--library", "/no/such.so", "--", "ls"], 125, "no library at '/no/such.so', which --library names"),
    Mistake(["--library", "/etc/passwd", "--", "ls"], 125, "/etc/passwd is not a shared library"),
    Mistake(["--library", "/etc", "--", "ls"], 125, "cannot read the library /etc"),
    Mistake(["--", "no-such-command"], 127, "cannot run 'no-such-command': no such command in PATH"),
    Mistake(["--", "/no/such/command"], 127, "cannot run '/no/such/command': no such file"),
    Mistake(["--", "/etc/passwd"], 126, "/etc/passwd may not be executed"),
    Mistake(["--", "/etc"], 126, "/etc is a directory"),
    Mistake(["--summary", "--", "no-such-command"], 127, "no such command in PATH"),
    Mistake(["--summary", "--", "/etc"], 126, "/etc is a directory"),
  ]

  @Test("A mistake is one line and a status", arguments: mistakes)
  func mistake(_ mistake: Mistake) throws {
    let outcome = try quarry(["run"] + mistake.arguments)
    #expect(outcome.ending == .exit(mistake.status))
    #expect(outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.hasPrefix("quarry: ") && outcome.errors.contains(mistake.message), "\(outcome)")
  }

  @Test func missingInterpreterIsNamed() throws {
    let script = try Scratch.folder() + "/script"
    try Executables.write("#!/no/such/interpreter\n", to: script)
    let outcome = try quarry(["run", "--", script])
    #expect(outcome.ending == .exit(126) && outcome.errors.contains("interpreter"), "\(outcome)")
  }

  @Test("Help goes to standard output", arguments: [["--help"], ["run", "--help"], ["help", "run"]])
  func help(_ arguments: [String]) throws {
    let outcome = try quarry(arguments)
    #expect(outcome.ending == .exit(0) && outcome.output.contains("USAGE: quarry") && outcome.errors.isEmpty)
  }

  // MARK: Running the tool

  /// Built beside this test runner.
  static let tool = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("quarry-tool").path

  private func quarry(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    var command = Command(Self.tool, arguments)
    command.environment["QUARRY_LIBRARY"] = try Library.path()
    command.environment.merge(environment) { $1 }
    return try command.run()
  }

  /// A library that does nothing, and so has no options of its own to refuse.
  private static func emptyLibrary() throws -> String {
    let source = try Scratch.folder() + "/empty.c"
    try Scratch.write("extern int unused;\n", to: source)
    return try Tools.compile(source, flags: ["-shared"])
  }
}

struct Mistake: CustomTestStringConvertible, Sendable {
  let arguments: [String]
  let status: Int32
  let message: String

  init(_ arguments: [String], _ status: Int32, _ message: String) {
    self.arguments = arguments
    self.status = status
    self.message = message
  }

  var testDescription: String { (["run"] + arguments).joined(separator: " ") }
}
