// What ends the tool before its work is done: one line for standard error and an exit status.

import Glibc
import SystemPackage

struct Failure: Error, Equatable {
  /// What was wrong and what would be right, without a final full stop or line break.
  var message: String
  var status: Int32
}

extension Failure {
  /// Exit statuses of the tool itself. For a command that could not be run they are those of a shell, and 125
  /// is what `env` and `timeout` return for troubles of their own.
  enum Status {
    static let usage: Int32 = 2
    static let library: Int32 = 125
    static let notExecutable: Int32 = 126
    static let notFound: Int32 = 127
  }

  static func usage(_ message: String) -> Failure {
    Failure(message: "\(message); see 'quarry run --help'", status: Status.usage)
  }

  /// An error that ArgumentParser found, whose message may be a sentence or several lines.
  /// - Parameter command: that it is about, as people call it.
  static func parsing(_ message: String, of command: String) -> Failure {
    // Many possible values are a list, an item a line.
    let listed = message.replacing(":\n  - ", with: ": ").replacing("\n  - ", with: ", ")
    var line = listed.split(whereSeparator: \.isNewline).joined(separator: " ")
    if line.hasSuffix(".") { line.removeLast() }
    let start = line.prefix(1).lowercased()
    return Failure(message: "\(start)\(line.dropFirst()); see '\(command) --help'", status: Status.usage)
  }

  static func library(_ message: String) -> Failure {
    Failure(message: message, status: Status.library)
  }

  /// What was thrown, as the one line that it is for people.
  init(_ error: any Error) { self = error as? Failure ?? Failure(message: "\(error)", status: 1) }

  func exit() -> Never {
    printToStandardError("quarry: \(message)\n")
    Glibc.exit(status)
  }
}

/// Writes `text` as it is.
/// - Parameter status: this tool's exit status when that fails; another one where 1 may be a command's.
/// - Throws: `Failure` when it cannot be written, as on a full disk.
func printToStandardOutput(_ text: String, status: Int32 = 1) throws {
  do {
    try FileDescriptor.standardOutput.writeAll(text.utf8)
  } catch {
    throw Failure(message: "cannot write to standard output: \(error)", status: status)
  }
}

/// Writes `text` as it is; a closed standard error is nobody's failure.
func printToStandardError(_ text: String) {
  _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}
