// ProfileTable: the functions of a profile by what was allocated in them, in the columns of `pprof -top`: flat is what a
// function asked for itself, cum what it and all that it called did.

import Measuring

public struct ProfileTable: Sendable {
  public struct Row: Sendable, Equatable {
    public var function: String
    public var flat: Int64 = 0
    public var cumulative: Int64 = 0
  }

  private let profile: Profile
  /// Index of the value type that the table shows.
  private let value: Int
  /// By the size of the flat value.
  public var rows: [Row]

  /// - Parameter value: index of the value type.
  public init(_ profile: Profile, _ value: Int) {
    (self.profile, self.value) = (profile, value)
    var rows: [String: Row] = [:]
    for sample in profile.samples {
      let names = profile.names(of: sample)
      if let first = names.first { rows[first, default: Row(function: first)].flat &+= sample.values[value] }
      // A function that calls itself counts once.
      for name in Set(names) { rows[name, default: Row(function: name)].cumulative &+= sample.values[value] }
    }
    self.rows = rows.values.filter { $0.flat != 0 || $0.cumulative != 0 }.sorted {
      ($0.flat.magnitude, $0.cumulative.magnitude, $1.function) > (
        $1.flat.magnitude, $1.cumulative.magnitude, $0.function
      )
    }
  }

  /// The first rows as text.
  public func text(rows count: Int) -> String {
    let type = profile.valueTypes[value]
    let total = profile.total(value)
    var lines = ["\(type.type): \(profile.totalWords(value)) in all"]
    lines.append(
      ["flat", "flat%", "cum", "cum%"].map { Column.right($0, 11) }.joined() + "  function")
    for row in rows.prefix(count) {
      lines.append(
        Column.right(type.amount(row.flat), 11) + Column.right(share(row.flat, of: total), 11)
          + Column.right(type.amount(row.cumulative), 11) + Column.right(share(row.cumulative, of: total), 11) + "  "
          + Self.printable(row.function))
    }
    if rows.count > count { lines.append("  \(rows.count - count) more functions") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func share(_ value: Int64, of total: Int64) -> String {
    total == 0 ? "-" : "\(number(Double(value) / Double(total.magnitude) * 100, 1))%"
  }

  /// A name from a file that nobody vouches for: nothing in it may move a terminal's cursor.
  static func printable(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
