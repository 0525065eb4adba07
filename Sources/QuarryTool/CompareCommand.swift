// `quarry compare`: one command under Quarry and its peers, in turn.

import ArgumentParser
import Glibc
import Measuring
import Reports

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Run a command under Quarry and other allocators, and compare time and memory.",
    discussion: """
      The command runs under each allocator in turn, round by round, with nothing on its standard input and its \
      output thrown away. Time, peak, mean and final resident memory and page faults are those of its process and all \
      that it starts and waits for; memory that processes share, as after a fork, counts in each. Nothing is \
      traced or stopped meanwhile. A run that fails does not count, and makes the exit status 1.

      With --load, the command is a server: when it listens, the load is run by the shell; when the load has ended, \
      the server is told to end. Time is then that of the load.
      """)

  @Option(
    help: ArgumentHelp(
      "Allocators: quarry, glibc, peers by name, or NAME=LIBRARY; all that are installed if not given.",
      valueName: "name,…"))
  var with: String?

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("Runs under each.", valueName: "number"),
    transform: Number.from(1, to: 1000))
  var rounds = 3

  @Option(help: ArgumentHelp("What a client does to the server, as the shell has it.", valueName: "command"))
  var load: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: ArgumentHelp("Write a page with the memory curves as well.", valueName: "file"))
  var html: String?

  @Option(help: ArgumentHelp("The library that is Quarry.", valueName: "path"))
  var library: String?

  @Argument(parsing: .postTerminator, help: ArgumentHelp("The command and its arguments.", valueName: "command"))
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("no command to compare: give it after '--'") }
  }

  func run() throws {
    var comparison = Comparison(
      command: command, load: load,
      allocators: try Allocators(quarry: { try Library.locate(option: library) }).named(with))
    let file = try html.map { try ReportFile($0, only: .html, status: Failure.Status.library) }
    for round in 0..<rounds {
      for place in comparison.allocators.indices {
        // Each is first, last and in between: what a machine does over time concerns all alike.
        let index = (place + round) % comparison.allocators.count
        let allocator = comparison.allocators[index]
        if isatty(STDERR_FILENO) == 1 {
          Terminal.showProgress("quarry: round \(round + 1) of \(rounds), \(allocator.name)")
        }
        let (run, curve, gaps) = try ComparedRun(command, library: allocator.library, load: load).measure()
        comparison.allocators[index].runs.append(run)
        if run.failure == nil, allocator.curve.isEmpty {
          comparison.allocators[index].curve = curve
          comparison.allocators[index].gaps = gaps
        }
      }
    }
    if isatty(STDERR_FILENO) == 1 { Terminal.showProgress("") }
    try file?.write(comparison.html())
    try printToStandardOutput(json ? comparison.json() : comparison.text, status: Failure.Status.library)
    if let first = comparison.failures.first { throw Failure.inspection("\(first)") }
  }
}

/// The allocators that can be compared.
struct Allocators {
  /// Finds Quarry's library.
  let quarry: () throws -> String
  var folders = PeerLibrary.folders

  /// - Parameter list: `quarry,glibc,older=/path/to/library.so`; nil for all that are installed.
  /// - Throws: `Failure` when a name is unknown, not installed or given twice.
  func named(_ list: String?) throws -> [Comparison.Allocator] {
    guard let list else {
      let peers = PeerLibrary.known.compactMap { peer in
        peer.path(in: folders).map { Comparison.Allocator(name: peer.name, library: $0) }
      }
      return [Comparison.Allocator(name: "quarry", library: try quarry()), .init(name: "glibc", library: nil)] + peers
    }
    var found: [Comparison.Allocator] = []
    for entry in list.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let allocator = try named(entry: entry)
      if found.contains(where: { $0.name == allocator.name }) {
        throw Failure.library("the allocator '\(allocator.name)' is given twice in '--with \(list)'")
      }
      found.append(allocator)
    }
    return found
  }

  private func named(entry: String) throws -> Comparison.Allocator {
    if let equals = entry.firstIndex(of: "=") {
      let (name, path) = (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
      guard !name.isEmpty, let real = realPath(path) else {
        throw Failure.library("'\(entry)' names no library: give NAME=LIBRARY with the path of a file")
      }
      return .init(name: name, library: real)
    }
    if entry == "quarry" { return .init(name: entry, library: try quarry()) }
    if entry == "glibc" { return .init(name: entry, library: nil) }
    guard let peer = PeerLibrary.known.first(where: { $0.name == entry }) else {
      let names = (["quarry", "glibc"] + PeerLibrary.known.map(\.name)).joined(separator: ", ")
      throw Failure.library("there is no allocator '\(entry)': known are \(names), or give NAME=LIBRARY")
    }
    guard let path = peer.path(in: folders) else {
      throw Failure.library("\(peer.name) is not installed: there is no \(peer.file); or give NAME=LIBRARY")
    }
    return .init(name: entry, library: path)
  }
}
