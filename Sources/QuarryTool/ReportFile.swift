// ReportFile: a file that appears whole or not at all. A place that cannot be written is refused before any work begins,
// and nothing unfinished lies there meanwhile, whatever ends this process but SIGKILL.

import Glibc
import SystemPackage

final class ReportFile {
  enum Form: String { case html, svg, json, gz }

  let path: String
  let form: Form
  /// What is written before the file is in its place.
  private let temporary: FilePath
  /// This tool's exit status when the file cannot be written.
  let status: Int32

  /// - Parameters:
  ///   - only: the one form that can be written; nil for any that a report has.
  ///   - status: this tool's exit status when the file cannot be written; another one where 1 may be a command's.
  /// - Throws: `Failure` when the name says no form, or nothing can be written there.
  init(_ path: String, only: Form? = nil, status: Int32 = 1) throws {
    let form = FilePath(path).extension.flatMap { Form(rawValue: $0.lowercased()) }
    guard let form, only == nil ? form != .gz : form == only else {
      let endings = only.map { ".\($0)" } ?? ".html, .svg or .json"
      throw Failure(
        message: "'\(path)' is no report that can be written: give a name ending in \(endings)", status: status)
    }
    self.form = form
    self.status = status
    // A link stays one.
    self.path = realPath(path) ?? path
    var facts = stat()
    // A device or a pipe would become a file.
    if stat(self.path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
      let kind = facts.st_mode & S_IFMT == S_IFDIR ? "a directory" : "no regular file"
      throw Failure(message: "cannot write '\(path)': it is \(kind); give the name of a file", status: status)
    }
    // A name that nobody foresees, and a file that was not there: others may write to the folder, too.
    let place = FilePath(self.path)
    let unforeseen = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    temporary = place.removingLastComponent().appending(".\(place.lastComponent?.string ?? "").\(unforeseen)")
    // A trial.
    try undisturbed { _ in unlink(temporary.string) }
  }

  /// Makes the temporary file and does something with it. No signal that would end this process comes in between: this is
  /// its one thread.
  private func undisturbed(_ body: (FileDescriptor) throws -> Void) throws {
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigprocmask(SIG_BLOCK, &all, &before)
    defer { sigprocmask(SIG_SETMASK, &before, nil) }
    do {
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      do {
        try file.closeAfter { try body(file) }
      } catch {
        unlink(temporary.string)
        throw error
      }
    } catch {
      throw Failure(message: "cannot write '\(path)': \(error)", status: status)
    }
  }

  /// Opens files for all paths, or for none.
  static func all(_ paths: [String], status: Int32) throws -> [ReportFile] {
    var files: [ReportFile] = []
    for path in paths {
      let file = try ReportFile(path, status: status)
      if let same = files.first(where: { $0.place == file.place }) {
        throw Failure(message: "'\(path)' and '\(same.path)' are one file: give each report its own", status: status)
      }
      files.append(file)
    }
    return files
  }

  /// The same for all paths that lead here.
  private var place: String {
    let folder = FilePath(path).removingLastComponent().string
    return (realPath(folder.isEmpty ? "." : folder) ?? folder) + "/" + (FilePath(path).lastComponent?.string ?? "")
  }

  /// Puts the file in its place.
  func write(_ text: String) throws { try write(text.utf8) }

  func write(_ content: some Sequence<UInt8>) throws {
    try undisturbed { file in
      try file.writeAll(content)
      guard rename(temporary.string, path) == 0 else { throw Errno(rawValue: errno) }
    }
  }
}
