// One row of the table: a program with fixed arguments, and how to tell that it did its work.

/// Which part of the table a row stands in.
enum RowSet: String, Codable, CaseIterable {
  /// Our own programs, each with one habit of memory use.
  case own
  /// Programs that people run.
  case programs
  /// Programs that ask an allocator one question each. They count in no mean; a row may have a bar of its own.
  case probes

  var title: String {
    switch self {
    case .own: "Our own programs"
    case .programs: "Real programs"
    case .probes: "Probes"
    }
  }
}

struct Row {
  var name: String
  var set: RowSet
  /// How many threads work at once.
  var threads = 1
  /// What it stands for, in a few words.
  var summary: String
  var command: [String]
  var environment: [String: String] = [:]
  /// The file that is its standard input.
  var input: String?
  /// A file that it writes and that must be the same each time, as its standard output must be.
  var product: String?
  /// Whether the output is the same each time.
  var isRepeatable = true
  /// Whether the program waits at its end, so that its last resident memory tells what an idle process keeps.
  var settles = false
  /// Set when the program is a server: what it serves while it is measured.
  var service: Service?
  /// Whether the program is linked to an allocator of its own, which must then not be measured as the C
  /// library's.
  var bringsAllocator = false
  /// Part of the quick choice.
  var isQuick = false
  /// What Quarry has to reach in this row, beyond what all rows have to.
  var bars: [Bar] = []
}

/// The most that a figure of Quarry's may be.
struct Bar: Codable {
  /// A quantity, or the name of a reading.
  var figure: String
  var most: Double
  /// The peer of whose figure `most` is a multiple, or `best` for the best of all peers; nil if it is the figure itself.
  var reference: String?
}

/// How a server is driven: commands that run beside it, unmeasured and without the candidate's library.
struct Service {
  /// Appears when the server is ready.
  var socket: String
  /// Commands in turn; the last one ends the server. What they print counts as the row's output.
  var commands: [[String]]
}

/// A row that cannot be measured here, and why.
struct SkippedRow: Codable {
  var name: String
  var reason: String
}

/// Whether `name` matches `pattern`: `*` stands for any letters; a pattern without it matches any part of the
/// name.
func matches(_ name: String, pattern: String) -> Bool {
  guard pattern.contains("*") else { return name.contains(pattern) }
  let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  var rest = Substring(name)
  for (index, part) in parts.enumerated() {
    if index == 0 {
      guard rest.hasPrefix(part) else { return false }
      rest = rest.dropFirst(part.count)
    } else if index == parts.count - 1 {
      return rest.hasSuffix(part)
    } else if let found = rest.firstRange(of: part) {
      rest = rest[found.upperBound...]
    } else {
      return false
    }
  }
  return rest.isEmpty
}
