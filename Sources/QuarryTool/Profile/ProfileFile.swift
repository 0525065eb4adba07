// ProfileFile: profiles in files, compressed as pprof has them.

import Inspection
import SystemPackage

enum ProfileFile {
  /// Reads a profile.
  /// - Throws: `Failure` that names the file.
  static func read(_ path: String) throws -> Profile {
    let bytes: [UInt8]
    do {
      bytes = try FileDescriptor.readAll(FilePath(path))
    } catch Errno.isDirectory {
      throw Failure.inspection("cannot read '\(path)': give a file that 'quarry profile' or pprof wrote")
    } catch {
      throw Failure.inspection("cannot read '\(path)': \(error)")
    }
    do {
      return try Profile(decoding: bytes.starts(with: [0x1f, 0x8b]) ? Gzip.expand(bytes) : bytes)
    } catch let error as ProfileError {
      throw Failure.inspection("cannot read '\(path)': \(error)")
    } catch let failure as Failure {
      throw Failure.inspection("cannot read '\(path)': \(failure.message)")
    }
  }

  /// The name of one of several files: `heap.pb.gz` becomes `heap.0001.pb.gz`.
  static func numbered(_ path: String, _ number: Int) -> String {
    let ending = path.hasSuffix(".pb.gz") ? ".pb.gz" : ".gz"
    let digits = String(number)
    return path.dropLast(ending.count) + "." + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ending
  }
}
