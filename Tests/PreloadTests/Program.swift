// Program: a small C or C++ program with the outcome that its first comment lines state.
//
// The lines have the form `// key: value`; the first other line ends them.
//
//   expect:   exit N, abort, or signal N; `exit 0 or abort` allows either.
//   stderr:   a line of standard error, as a `Pattern`; one for each line, in order. None means silence. Where
//             two outcomes are allowed, the lines belong to the last one, and the other is silent.
//   stdout:   the same for standard output, which is not looked at when there is none.
//   args:     arguments of one run; several lines are several runs.
//   options:  value of QUARRY_OPTIONS.
//   env:      NAME=VALUE.
//   preload:  no, to run the program without LD_PRELOAD.
//   links:    quarry, to compile with the public headers, link with the library, and run without LD_PRELOAD.
//   standard: yes, if the C library's own malloc has to come to the same outcome: then the program is run
//             under that too, which tests the test.
//   flags:    for the compiler.
//   helper:   a source in Helpers, for a shared object that the program uses.
//   limit:    as=SIZE or data=SIZE, in MiB, set before the program starts.
//   package:  what to install when the program does not compile.
//   needs:    root, or cgroup: root, and a memory controller to make groups with.
//   deadline: seconds.
//
// Values may contain {library}, the library under test, and {folder}, where it is; {helper} and {helpers}, likewise.
// Patterns may contain {pointer}, which the program wrote to standard output after `pointer: `, and {1}, {2}, its
// arguments.

import Foundation
import TestSupport
import Testing

struct Program: Sendable {
  /// Path below Programs, as `Misuse/double_free.c`.
  let name: String
  private let lines: [(key: String, value: String)]

  static let root = Library.packageRoot + "/Tests/PreloadTests/Programs/"

  private static let keys: Set = [
    "expect", "stderr", "stdout", "args", "options", "env", "preload", "links", "standard", "flags", "helper", "limit",
    "package", "needs", "deadline",
  ]

  init(_ name: String) throws {
    self.name = name
    let text = try Scratch.read(Program.root + name)
    lines = try text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("// ") }
      .map { line in
        guard let colon = line.firstIndex(of: ":") else { throw Failure("\(name): no key in `\(line)`") }
        let key = line[..<colon].dropFirst(3)
        guard Program.keys.contains(String(key)) else { throw Failure("\(name): no key `\(key)` is known") }
        return (String(key), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
      }
    if let need = first("needs"), Need(rawValue: need) == nil { throw Failure("\(name): no need `\(need)`") }
    guard first("expect") != nil else { throw Failure("\(name): states no outcome") }
  }

  /// The programs of one folder, in the order of their names.
  static func all(in folder: String) throws -> [Program] {
    try FileManager.default.contentsOfDirectory(atPath: root + folder)
      .filter { $0.hasSuffix(".c") || $0.hasSuffix(".cc") }.sorted()
      .map { try Program("\(folder)/\($0)") }
  }

  func values(_ key: String) -> [String] { lines.filter { $0.key == key }.map(\.value) }
  func first(_ key: String) -> String? { values(key).first }
  var links: Bool { first("links") == "quarry" }
  func words(_ key: String) -> [String] { Program.words(first(key) ?? "") }

  static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

/// One run of a program.
struct Run: Sendable, CustomTestStringConvertible {
  let program: Program
  let arguments: [String]

  var testDescription: String { ([program.name] + arguments).joined(separator: " ") }

  static func all(in folder: String) throws -> [Run] { try Program.all(in: folder).flatMap(all(of:)) }

  private static func all(of program: Program) -> [Run] {
    let arguments = program.values("args")
    return (arguments.isEmpty ? [""] : arguments).map { Run(program: program, arguments: Program.words($0)) }
  }

  /// Compiles and runs the program, and records an issue for whatever is not as stated.
  /// - Parameter preloaded: whether the library is put under it, if the program does not state otherwise.
  func check(preloaded: Bool = true) throws {
    let outcome = try command(preloaded: preloaded).run()
    let endings = try (program.first("expect") ?? "").components(separatedBy: " or ").map(ending)
    guard endings.contains(outcome.ending) else {
      Issue.record("\(testDescription): expected \(endings), came to \(outcome)")
      return
    }
    let silent = endings.count > 1 && outcome.ending != endings.last
    let errors = silent ? [] : program.values("stderr")
    if try !Pattern.match(outcome.errorLines, errors.map { try pattern($0, outcome) }) {
      Issue.record("\(testDescription): expected on standard error \(errors), came to \(outcome)")
    }
    let output = program.values("stdout")
    let outputPatterns = try output.map { try pattern($0, outcome) }
    if !output.isEmpty && !Pattern.match(outcome.outputLines, outputPatterns) {
      Issue.record("\(testDescription): expected on standard output \(output), came to \(outcome)")
    }
  }

  private func command(preloaded: Bool) throws -> Command {
    let includes = ["-I", Program.root]
    let helper = try program.first("helper").map { source in
      try Tools.compile(Program.root + "Helpers/" + source, flags: includes + ["-shared", "-fPIC"])
    }
    let flags = try includes + program.words("flags") + (program.links ? Library.linking() : [])
    let executable = try Tools.compile(
      Program.root + program.name, flags: filled(flags, helper: helper), package: program.first("package"))

    var command = Command(executable, try filled(arguments, helper: helper))
    if preloaded && program.first("preload") != "no" && !program.links {
      command.environment = try Library.preloaded(options: program.first("options"))
    } else {
      command.environment["QUARRY_OPTIONS"] = program.first("options")
    }
    for setting in try filled(program.values("env"), helper: helper) {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      command.environment[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    for limit in program.values("limit") {
      let parts = limit.split(separator: "=").map(String.init)
      guard parts.count == 2, let letter = ["as": "v", "data": "d"][parts[0]], let size = Int(parts[1]) else {
        throw Failure("\(program.name): no limit `\(limit)`")
      }
      command.limits[letter] = size * 1024
    }
    if let seconds = program.first("deadline").flatMap(Int.init) { command.deadline = .seconds(seconds) }
    return command
  }

  private func ending(_ text: String) throws -> Outcome.Ending {
    let words = Program.words(text)
    switch (words.first, words.last.flatMap(Int32.init)) {
    case ("abort", nil): return .signal(SIGABRT)
    case ("exit", let status?): return .exit(status)
    case ("signal", let signal?): return .signal(signal)
    default: throw Failure("\(program.name): no outcome `\(text)`")
    }
  }

  /// The words with the paths that they name filled in.
  private func filled(_ words: [String], helper: String? = nil) throws -> [String] {
    try words.map { word in
      guard word.contains("{") else { return word }
      let library = try Library.path()
      let helper = helper ?? ""
      return word.replacingOccurrences(of: "{library}", with: library)
        .replacingOccurrences(of: "{folder}", with: folder(of: library))
        .replacingOccurrences(of: "{helper}", with: helper)
        .replacingOccurrences(of: "{helpers}", with: folder(of: helper))
    }
  }

  private func folder(of path: String) -> String {
    path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }

  private func pattern(_ text: String, _ outcome: Outcome) throws -> Pattern {
    var text = text
    for (index, argument) in arguments.enumerated() {
      text = text.replacingOccurrences(of: "{\(index + 1)}", with: argument)
    }
    if text.contains("{pointer}") {
      let prefix = "pointer: "
      guard let line = outcome.outputLines.last(where: { $0.hasPrefix(prefix) }) else {
        throw Failure("\(testDescription): wrote no pointer: \(outcome)")
      }
      text = text.replacingOccurrences(of: "{pointer}", with: String(line.dropFirst(prefix.count)))
    }
    return Pattern(text)
  }
}
