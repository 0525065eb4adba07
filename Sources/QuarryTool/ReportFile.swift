// ReportFile: a file that appears whole or not at all. It is opened beside its final place before any work begins, so that
// a place that cannot be written is refused at once.

import Glibc
import SystemPackage

struct ReportFile {
  enum Form: String { case html, svg, json, gz }

  let path: String
  let form: Form
  private let temporary: String

  /// - Parameter only: the one form that can be written; nil for any that a report has.
  /// - Throws: `Failure` when the name says no form, or nothing can be written there.
  init(_ path: String, only: Form? = nil) throws {
    let form = FilePath(path).extension.flatMap { Form(rawValue: $0.lowercased()) }
    guard let form, only == nil ? form != .gz : form == only else {
      let endings = only.map { ".\($0)" } ?? ".html, .svg or .json"
      throw Failure.library("'\(path)' is no report that can be written: give a name ending in \(endings)")
    }
    self.form = form
    // A link stays one.
    self.path = realPath(path) ?? path
    var status = stat()
    if stat(self.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw Failure.library("cannot write '\(path)': it is a directory; give the name of a file")
    }
    let place = FilePath(self.path)
    temporary = place.removingLastComponent().appending(".\(place.lastComponent?.string ?? "").\(getpid())").string
    do {
      try FileDescriptor.open(
        FilePath(temporary), .writeOnly, options: [.create, .truncate],
        permissions: [.ownerReadWrite, .groupRead, .otherRead]
      ).close()
    } catch {
      throw Failure.library("cannot write '\(path)': \(error)")
    }
  }

  /// Opens files for all paths, or for none.
  static func all(_ paths: [String]) throws -> [ReportFile] {
    var files: [ReportFile] = []
    do {
      for path in paths {
        let file = try ReportFile(path)
        if let same = files.first(where: { $0.temporary == file.temporary }) {
          throw Failure.library("'\(path)' and '\(same.path)' are one file: give each report its own")
        }
        files.append(file)
      }
    } catch {
      for file in files { file.discard() }
      throw error
    }
    return files
  }

  /// Puts the file in its place.
  func write(_ text: String) throws { try write(text.utf8) }

  func write(_ content: some Sequence<UInt8>) throws {
    do {
      let file = try FileDescriptor.open(FilePath(temporary), .writeOnly, options: [.truncate, .closeOnExec])
      try file.closeAfter { _ = try file.writeAll(content) }
      guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      discard()
      throw Failure.library("cannot write '\(path)': \(error)")
    }
  }

  /// Leaves nothing behind.
  func discard() { unlink(temporary) }
}
