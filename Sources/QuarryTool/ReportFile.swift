// ReportFile: a file that appears whole or not at all. It is opened beside its final place before any work begins, so that
// a place that cannot be written is refused at once.

import Glibc
import SystemPackage

final class ReportFile {
  enum Form: String { case html, svg, json, gz }

  let path: String
  let form: Form
  /// What is written before the file is in its place; it goes with this object.
  private let temporary: String
  private let file: FileDescriptor

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
    // A name that nobody foresees, and a file that was not there: others may write to the folder, too.
    let place = FilePath(self.path)
    let unforeseen = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    temporary = place.removingLastComponent().appending(".\(place.lastComponent?.string ?? "").\(unforeseen)").string
    do {
      file = try FileDescriptor.open(
        FilePath(temporary), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw Failure.library("cannot write '\(path)': \(error)")
    }
  }

  deinit {
    discard()
    try? file.close()
  }

  /// Opens files for all paths, or for none.
  static func all(_ paths: [String]) throws -> [ReportFile] {
    var files: [ReportFile] = []
    for path in paths {
      let file = try ReportFile(path)
      if let same = files.first(where: { $0.place == file.place }) {
        throw Failure.library("'\(path)' and '\(same.path)' are one file: give each report its own")
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
    do {
      try file.writeAll(content)
      guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      throw Failure.library("cannot write '\(path)': \(error)")
    }
  }

  /// Leaves nothing behind, where this process ends before this object does.
  func discard() { unlink(temporary) }
}
