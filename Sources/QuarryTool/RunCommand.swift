// `quarry run`: runs a command with the library preloaded.

import ArgumentParser
import Glibc
import Reports

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command with its memory served by Quarry.",
    usage:
      "quarry run [--summary] [--report <file>] [--library <path>] [--options <name=value,…>] -- <command> [<argument> …]",
    discussion: """
      The command takes the place of this process: exit status, signals, terminal and standard streams are its \
      own. Programs it starts use Quarry as well. Statically linked and set-user-ID programs do not: the system \
      preloads nothing into them.

      With --report, the command and the processes that it starts are looked at from outside while they run, and what \
      became of their memory is written to a file when the command has ended: a page for a browser, a picture or data, \
      as the name ends in .html, .svg or .json. The process with the largest peak is told of in full, others in less, \
      most in a row. Each is looked at once more while it is held at its end; for that they are traced by this tool, so \
      that no debugger can be attached to them, and set-user-ID programs such as sudo get no rights among them unless \
      root runs this tool. Where the system forbids tracing, nothing is held. With --summary alone nothing is traced.

      The library is the one given by --library, else by the environment variable QUARRY_LIBRARY, else \
      libquarry.so beside this tool or in ../lib.

      The exit status is the command's, or 2 for wrong usage, 125 when the library cannot be used or the report cannot \
      be written, 126 when the \
      command cannot be executed and 127 when it is not found.
      """)

  @Flag(
    help: ArgumentHelp(
      "When the command has ended, print to standard error what time, peak memory and page faults it had, with all that "
        + "it started."))
  var summary = false

  @Option(
    help: ArgumentHelp("Write a report on the run, .html, .svg or .json; may be given again.", valueName: "file"))
  var report: [String] = []

  @Flag(help: "Show no line of progress on the terminal while a report is made.")
  var quiet = false

  @Option(help: ArgumentHelp("The library to preload.", valueName: "path"))
  var library: String?

  @Option(
    help: ArgumentHelp(
      "Settings of the allocator, added to those in QUARRY_OPTIONS.", valueName: "name=value,…"))
  var options: String?

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command and its arguments.", valueName: "command"))
  var command: [String] = []

  func run() throws {
    let count = try commandLength()
    let environment = try RunEnvironment(
      library: Library.locate(option: library), options: options,
      inheritedPreload: environmentValue("LD_PRELOAD"), inheritedOptions: environmentValue("QUARRY_OPTIONS"))
    let files = try ReportFile.all(report, status: Failure.Status.library)
    environment.apply()

    // The bytes the system gave: Swift's own strings would repair what is not UTF-8.
    let arguments = CommandLine.unsafeArgv + (Int(CommandLine.argc) - count)
    if summary || !files.isEmpty {
      let words = Array(command.suffix(count))
      let (outcome, memory) = try ReportedRun(words, files, isQuiet: quiet).run(arguments)
      if summary { printToStandardError(Summary(outcome: outcome, memory: memory, command: words[0]).text) }
      outcome.ending.repeatHere()
    }
    throw Execution.replaceProcess(arguments)
  }

  /// Number of words at the end of the command line that make up the command.
  private func commandLength() throws -> Int {
    guard let first = command.first else { throw Failure.usage("no command to run: give it after '--'") }
    if first == "--" {
      guard command.count > 1 else { throw Failure.usage("no command to run after '--'") }
      return command.count - 1
    }
    if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(self) }
    if first.hasPrefix("-") {
      throw Failure.usage(
        "unknown option '\(first)': there are --summary, --report, --quiet, --library and --options, and the command follows '--'"
      )
    }
    return command.count
  }
}
