// Columns of text for people, and what stands in them.

import Inspection
import Measuring

struct TextTable {
  private var rows: [[String]]

  init(_ titles: [String]) { rows = [titles] }

  mutating func add(_ row: [any CustomStringConvertible]) { rows.append(row.map(\.description)) }

  /// The first column to the left, the others to the right; lines end with line breaks.
  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let blanks = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + blanks : blanks + text
      }
      return "  " + cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension Size {
  init(_ bytes: UInt64) { self.init(Int(clamping: bytes)) }
}

/// A number of threads.
struct ThreadCount: CustomStringConvertible {
  let description: String

  init(_ count: some BinaryInteger) { description = count == 1 ? "1 thread" : "\(count) threads" }
}

/// A time, in milliseconds below a second.
struct Seconds: CustomStringConvertible {
  let description: String

  init(_ seconds: Double) {
    description = seconds < 1 ? "\(number(seconds * 1000, 1)) ms" : "\(number(seconds, 2)) s"
  }
}

/// A share of 1, in percent.
struct Percent: CustomStringConvertible {
  let description: String

  init(_ share: Double) { description = "\(number(100 * share, 1)) %" }
}
