// Finds libquarry.so, and refuses a file that the dynamic linker would ignore with a warning only.

import Glibc
import SystemPackage

enum Library {
  static let fileName = "libquarry.so"

  /// The library's path in a form that LD_PRELOAD can hold.
  static func locate(option: String?) throws -> String {
    let executable = try executablePath()
    let path = try choose(
      option: option, variable: environmentValue("QUARRY_LIBRARY"), executable: executable,
      isPresent: { access($0.string, F_OK) == 0 })
    let absolute = try currentDirectory().pushing(path).lexicallyNormalized()
    try check(absolute, against: ELFIdentity(of: executable))
    return try PreloadAlias.isNeeded(for: absolute.string)
      ? PreloadAlias.make(for: absolute.string) : absolute.string
  }

  /// The first place that names a library: a given path must be there, the usual places are tried in turn.
  static func choose(
    option: String?, variable: String?, executable: FilePath, isPresent: (FilePath) -> Bool
  ) throws -> FilePath {
    if let option {
      return try given(option, by: "--library", isPresent)
    }
    if let variable, !variable.isEmpty {
      return try given(variable, by: "QUARRY_LIBRARY", isPresent)
    }
    let directory = executable.removingLastComponent()
    let usual = [
      directory.appending(fileName),
      directory.removingLastComponent().appending("lib").appending(fileName),
    ]
    guard let found = usual.first(where: isPresent) else {
      throw Failure.library(
        "no \(fileName) at \(usual[0]) or \(usual[1]): build it with 'swift build -c release --product quarry', "
          + "or name it with --library or QUARRY_LIBRARY")
    }
    return found
  }

  private static func given(
    _ path: String, by source: String, _ isPresent: (FilePath) -> Bool
  ) throws -> FilePath {
    guard !path.isEmpty, isPresent(FilePath(path)) else {
      throw Failure.library("no library at '\(path)', which \(source) names: give the path of \(fileName)")
    }
    return FilePath(path)
  }

  private static func check(_ path: FilePath, against tool: ELFIdentity) throws {
    let library: ELFIdentity
    do {
      library = try ELFIdentity(of: path)
    } catch let error as Errno {
      throw Failure.library("cannot read the library \(path): \(error)")
    }
    guard library.isSharedObject, library.machine == tool.machine else {
      throw Failure.library("\(path) is not a shared library for this machine: give the path of \(fileName)")
    }
  }

  private static func executablePath() throws -> FilePath {
    guard let path = realPath("/proc/self/exe") else {
      throw Failure.library("cannot tell where this tool is: /proc must be mounted")
    }
    return FilePath(path)
  }

  private static func currentDirectory() throws -> FilePath {
    guard let path = getcwd(nil, 0) else {
      throw Failure.library("the current directory is gone: change to one that exists")
    }
    defer { free(path) }
    return FilePath(String(cString: path))
  }
}

/// What the first bytes of a file say about it as an ELF object.
struct ELFIdentity: Equatable {
  /// Class, byte order and machine: two objects fit into one process when these agree.
  var machine: [UInt8]
  var isSharedObject: Bool

  /// Length of the header's part that is looked at: identification, type and machine.
  private static let length = 20

  init(header: [UInt8]) {
    let isELF = header.count >= Self.length && header.starts(with: [0x7f, 0x45, 0x4c, 0x46])
    machine = isELF ? Array(header[4...5] + header[18...19]) : []
    isSharedObject = isELF && (header[16] == 3 || header[17] == 3)  // ET_DYN in either byte order
  }

  init(of path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    self = try file.closeAfter {
      let header = try [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, count in
        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      return ELFIdentity(header: header)
    }
  }
}

func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
