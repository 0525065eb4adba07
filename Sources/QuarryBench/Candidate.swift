// What is compared: Quarry and its peers, each a library that is preloaded, or none.

import Foundation
import Measuring

/// An allocator under measurement.
struct Candidate: Codable, Equatable {
  var name: String
  /// The library to preload; nil for the C library's own allocator.
  var library: String?
  /// The allocator's version, as far as the file tells.
  var version: String

  /// Measured like Quarry, from the same file: what differs between the two is noise.
  static let again = "quarry-again"
  static let subject = "quarry"
  static let baseline = "glibc"
  /// The peer that is compared with by name, beside the best of each row.
  static let strongest = "mimalloc3"

  var isSubject: Bool { name == Self.subject || name == Self.again }
}

/// Where the candidates' libraries are looked for.
struct CandidateCatalogue {
  var root: String

  /// All known names, in the order in which they are shown.
  static let names = [
    Candidate.subject, Candidate.again, Candidate.baseline, "jemalloc", "tcmalloc", "mimalloc2",
    Candidate.strongest,
  ]

  /// Reads `quarry,glibc,older=/path/to/library.so`.
  func candidates(from list: String?) throws -> [Candidate] {
    let entries = list?.split(separator: ",").map(String.init) ?? Self.names
    var found: [Candidate] = []
    for entry in entries {
      let candidate = try candidate(from: entry)
      if found.contains(where: { $0.name == candidate.name }) {
        throw BenchError("the peer '\(candidate.name)' is given twice")
      }
      found.append(candidate)
    }
    if found.isEmpty { throw BenchError("the list of peers is empty") }
    return found
  }

  private func candidate(from entry: String) throws -> Candidate {
    if let equals = entry.firstIndex(of: "=") {
      let name = String(entry[..<equals])
      let library = String(entry[entry.index(after: equals)...])
      guard !name.isEmpty, !Self.names.contains(name) else {
        throw BenchError("'\(entry)' needs a name of its own before the '='")
      }
      guard FileManager.default.fileExists(atPath: library) else {
        throw BenchError("there is no library '\(library)'")
      }
      return Candidate(name: name, library: absolute(library), version: "")
    }
    switch entry {
    case Candidate.subject, Candidate.again:
      return found(entry, "\(root)/.build/release/libquarry.so")
    case Candidate.baseline:
      return Candidate(name: entry, library: nil, version: Machine.libraryVersion)
    case Candidate.strongest:
      return found(entry, "\(root)/.build/peers/cmeel.prefix/lib/libmimalloc.so")
    default:
      if let peer = PeerLibrary.known.first(where: { $0.name == entry && Self.names.contains(entry) }) {
        return found(entry, peer.path() ?? "/usr/lib/\(PeerLibrary.triplet)/\(peer.file)")
      }
      let known = Self.names.joined(separator: ", ")
      throw BenchError("there is no peer '\(entry)'; known are \(known), or NAME=LIBRARY")
    }
  }

  /// The version is what the library's full name ends with: libjemalloc.so.2, libmimalloc.so.3.4.
  private func found(_ name: String, _ library: String) -> Candidate {
    let file = URL(fileURLWithPath: library).resolvingSymlinksInPath().lastPathComponent
    let version = file.range(of: ".so.").map { String(file[$0.upperBound...]) } ?? ""
    return Candidate(name: name, library: library, version: version)
  }

  private func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
