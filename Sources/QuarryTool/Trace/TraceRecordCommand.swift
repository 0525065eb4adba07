// `quarry trace record`: runs a command with the recorder between it and its allocator.

import ArgumentParser
import Glibc
import SystemPackage
import Trace

struct TraceRecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Run a command and write every request for memory into a file.",
    usage: "quarry trace record [--output <file>] [--with <allocator>] -- <command> [<argument> …]",
    discussion: """
      Each process has a file: the command the one that is named, and processes that it forks or starts, and \
      programs that take its place, FILE.PID. They are listed on standard error in the end. What was written \
      stays, however the program ends. An earlier trace in the same place is replaced.

      A file is under 8 bytes a request in most programs. A process that changes its root directory or its user \
      may be unable to make its file grow; it says so and goes on unrecorded.

      The exit status is the command's, or 1 when no trace was written, 2 for wrong usage, 125 when a library \
      cannot be used, 126 when the command cannot be executed and 127 when it is not found.
      """)

  @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where to write.", valueName: "file"))
  var output = "quarry.trace"

  @Option(
    help: ArgumentHelp(
      "The allocator that serves the command: \(Allocator.names), or the path of a library; else what it has now.",
      valueName: "allocator"))
  var with: String?

  @Argument(
    parsing: .captureForPassthrough, help: ArgumentHelp("The command and its arguments.", valueName: "command"))
  var command: [String] = []

  func run() throws {
    let count = try Self.length(of: command, help: self)
    let path = try absolute(output)
    try clear(path)
    var preloads = [try Product.path("libquarry-trace.so")]
    if let with, let library = try Allocator(with).library { preloads.append(library) }
    if let inherited = environmentValue("LD_PRELOAD"), !inherited.isEmpty { preloads.append(inherited) }
    setenv("LD_PRELOAD", preloads.joined(separator: ":"), 1)
    setenv("QUARRY_TRACE", path, 1)

    var start = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &start)
    let outcome = try Supervisor.run(CommandLine.unsafeArgv + (Int(CommandLine.argc) - count))
    try report(path, since: start)
    outcome.ending.repeatHere()
  }

  /// Words at the end of the command line that make up the command.
  static func length(of command: [String], help: some ParsableCommand) throws -> Int {
    guard let first = command.first else {
      throw Failure(message: "no command to record: give it after '--'", status: Failure.Status.usage)
    }
    if first == "--" {
      guard command.count > 1 else {
        throw Failure(message: "no command to record after '--'", status: Failure.Status.usage)
      }
      return command.count - 1
    }
    if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(help) }
    if first.hasPrefix("-") {
      throw Failure(
        message: "unknown option '\(first)'; see 'quarry trace record --help'", status: Failure.Status.usage)
    }
    return command.count
  }

  private func absolute(_ path: String) throws -> String {
    guard !path.isEmpty else { throw Failure.trace("the file to write has no name: give one with --output") }
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else { throw Failure.trace("the current directory is gone") }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }

  /// Takes an earlier trace away, and nothing else.
  private func clear(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      let directory = FilePath(path).removingLastComponent().string
      guard access(directory, W_OK) == 0 else {
        throw Failure.trace("cannot write into '\(directory)': \(Errno(rawValue: errno))")
      }
      return
    }
    guard (try? TraceFile(path: path)) != nil || status.st_size == 0 && status.st_mode & S_IFMT == S_IFREG else {
      throw Failure.trace("'\(path)' exists and is not a trace: give another name with --output")
    }
    guard unlink(path) == 0 else {
      throw Failure.trace("cannot replace '\(path)': \(Errno(rawValue: errno))")
    }
  }

  /// A line for each file that was written.
  private func report(_ path: String, since start: timespec) throws {
    let directory = FilePath(path).removingLastComponent()
    let name = FilePath(path).lastComponent!.string
    var lines: [String] = []
    for entry in Self.entries(directory.string) where entry == name || entry.hasPrefix("\(name).") {
      let each = directory.appending(entry).string
      var status = stat()
      guard stat(each, &status) == 0,
        (status.st_mtim.tv_sec, status.st_mtim.tv_nsec) >= (start.tv_sec, start.tv_nsec),
        let file = try? TraceFile(path: each)
      else { continue }
      let header = file.header
      let lost = header.unwritten == 0 ? "" : ", and \(header.unwritten) more that could not be written"
      lines.append(
        "  \(each): \(file.program) (\(header.process)), \(header.sequence) steps of \(ThreadCount(header.threads))\(lost)\n"
      )
    }
    guard !lines.isEmpty else {
      throw Failure.trace("nothing was recorded: the command is statically linked, or set-user-ID, or made no request")
    }
    printToStandardError("quarry: recorded\n" + lines.joined())
  }

  private static func entries(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.sorted()
  }
}
