// quarry-bench: Quarry beside its peers, in turn, in one call.

import ArgumentParser
import Foundation
import Measuring

#if canImport(Glibc)
  import Glibc
#endif

@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scripts/bench",
    abstract: "Measures Quarry beside its peers: processor time and resident memory.",
    discussion: """
      Each round runs all rows, and in each row all candidates one after the other, beginning with another \
      one each time. The tables show medians; ratios below one are better. 'quarry-again' is Quarry \
      measured a second time: its distance to 'quarry' is what smaller differences are worth.

      The last table is a verdict: Quarry beside the best peer of each row, whoever that is, and each row that \
      misses its bar. A row's bar may be missed by as much as its two measurements of Quarry differ (A/A).

      Three rounds give a quick look; take seven for figures to publish, on a machine where nothing else runs.
      """)

  @Option(help: ArgumentHelp("How often everything is measured.", valueName: "number"))
  var rounds = 3

  @Option(
    help: ArgumentHelp(
      "Only rows whose names match: parts of names, or patterns with '*', with commas between them.",
      valueName: "patterns"))
  var rows: String?

  @Option(
    help: ArgumentHelp(
      "Candidates: names with commas between them (\(CandidateCatalogue.names.joined(separator: ", "))), "
        + "or NAME=LIBRARY for any other.",
      valueName: "list"))
  var peers: String?

  @Option(
    help: ArgumentHelp(
      "Our own programs, real programs, probes of single questions, or all.", valueName: "own|programs|probes|all"))
  var set = Scope.all

  @Flag(help: "A dozen rows that stand for the others.")
  var quick = false

  @Flag(help: "Only print the rows and their commands.")
  var list = false

  @Option(help: ArgumentHelp("Also write all measurements as JSON.", valueName: "file"))
  var json: String?

  @Flag(
    name: .customLong("continue"),
    help: ArgumentHelp(
      "Begin with what the JSON file holds, and measure only what it lacks of these rows and rounds: after a call that "
        + "was stopped, or to add rows."))
  var isContinued = false

  @Option(help: ArgumentHelp("Also draw all rows.", valueName: "file"))
  var svg: String?

  @Flag(help: "Measure although something else is running.")
  var busy = false

  @Option(help: ArgumentHelp("Seconds after which a run has failed.", valueName: "seconds"))
  var timeout = 120

  /// Milliseconds between two looks at a process's memory: a look takes some ten microseconds.
  private static let interval = 10

  /// Says in one line what is wrong with the input.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch  where exitCode(for: error) == .success {
      Self.exit(withError: error)
    } catch {
      let line = message(for: error).split(separator: "\n").first ?? "unknown error"
      FileHandle.standardError.write(Data("bench: \(line)\n".utf8))
      Glibc.exit(2)
    }
  }

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds must be at least 1") }
    if isContinued && json == nil { throw ValidationError("--continue needs --json and the file to continue") }
    if timeout < 1 { throw ValidationError("--timeout must be at least 1") }
    for file in [json, svg].compactMap({ $0 }) {
      let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
      guard FileManager.default.isWritableFile(atPath: folder) else {
        throw ValidationError("cannot write into the folder '\(folder)'")
      }
    }
  }

  func run() throws {
    let root = try packageRoot()
    let executables = "\(root)/.build/release"
    let candidates = try CandidateCatalogue(root: root).candidates(from: peers)
    let (chosen, skippedRows) = try chosenRows(root, executables)
    if list { return printList(chosen, skippedRows) }

    let scratch = NSTemporaryDirectory() + "/quarry-bench-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let load = Machine.load
    try requireQuiet()

    let benchmark = Benchmark(
      launcher: Launcher(
        executables: executables, scratch: scratch, interval: Self.interval, timeout: timeout),
      rounds: rounds, report: complain)
    let (working, skipped) = try benchmark.working(candidates)
    for candidate in skipped { complain("\(candidate.name) is not measured: \(candidate.reason)") }
    for row in skippedRows { complain("\(row.name) is not measured: \(row.reason)") }
    if working.isEmpty { throw BenchError("none of the candidates can be measured") }

    var results = Results(
      date: Date().ISO8601Format(), commit: commit(root), machine: .current(), loadBefore: load,
      rounds: rounds, options: Launcher.options, candidates: working, rows: [], skippedCandidates: skipped,
      skippedRows: skippedRows)
    if let json, isContinued, let earlier = try Results.read(json) { try results.takeOver(earlier) }
    try benchmark.run(chosen, into: &results) { results in
      if let json { try results.write(json) }
    }
    results.summary = Summary(of: results)
    results.verdict = Verdict(of: results).judgements
    print(TerminalReport(results: results).text(), terminator: "")
    try write(results)
  }

  /// The folder of Package.swift, above this executable.
  private func packageRoot() throws -> String {
    let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = executable.deletingLastPathComponent()
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
        return folder.path
      }
      folder.deleteLastPathComponent()
    }
    throw BenchError("\(executable.path) does not lie in a build of the package")
  }

  private func chosenRows(_ root: String, _ executables: String) throws -> ([Row], [SkippedRow]) {
    var all = ownRows(executables: executables) + probeRows(executables: executables, quick: quick)
    var skipped: [SkippedRow] = []
    if set == .all || set == .programs {
      let inputs = try Inputs(
        folder: "\(root)/.build/bench-inputs", sources: "\(root)/Sources/QuarryBench/Inputs")
      let programs = programRows(inputs)
      all += programs.rows
      skipped = programs.skipped
    }
    let patterns = rows?.split(separator: ",").map(String.init)
    func isChosen(_ name: String) -> Bool { patterns?.contains { matches(name, pattern: $0) } ?? true }
    let chosen = all.filter { row in
      (set == .all || row.set.rawValue == set.rawValue) && (!quick || row.isQuick) && isChosen(row.name)
    }
    if chosen.isEmpty { throw BenchError("no row matches; --list shows them all") }
    return (chosen, skipped.filter { isChosen($0.name) })
  }

  private func printList(_ rows: [Row], _ skipped: [SkippedRow]) {
    for row in rows {
      let variables = row.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      print("\(row.name) (\(row.set.rawValue), threads: \(row.threads)): \(row.summary)")
      print("    " + (variables + row.command).joined(separator: " "))
    }
    for row in skipped { print("\(row.name) is not measured: \(row.reason)") }
  }

  /// Refuses to measure while others use the processors: the figures would be worth nothing.
  private func requireQuiet() throws {
    // The load average alone would still count the build that may just have ended.
    let before = ProcessorTime.now()
    let seconds = 2.0
    Thread.sleep(forTimeInterval: seconds)
    let others = ProcessorTime.now().others(since: before) / seconds
    if others <= Benchmark.tolerableDisturbance { return }
    let load = number(Machine.load, 2)
    let what = "something else uses \(number(others * 100, 0)) % of a processor (load average \(load))"
    if !busy { throw BenchError("\(what); wait for it, or take --busy") }
    complain("\(what); the figures will be disturbed")
  }

  private func commit(_ root: String) -> String {
    let answer = NSTemporaryDirectory() + "/quarry-bench-commit-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: answer) }
    let command = ["git", "-c", "safe.directory=*", "-C", root, "describe", "--always", "--dirty"]
    guard (try? QuarryBench.run(command, output: answer)) != nil else { return "" }
    let text = (try? String(contentsOfFile: answer, encoding: .utf8)) ?? ""
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func write(_ results: Results) throws {
    if let json { try results.write(json) }
    if let svg {
      try Plot(results: results).text().write(toFile: svg, atomically: true, encoding: .utf8)
    }
  }

  private func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}

extension Scope: ExpressibleByArgument {}
