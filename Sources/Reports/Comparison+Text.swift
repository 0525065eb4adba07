// The comparison as text: medians, ratios to the reference, and the spread of each.

import Measuring

extension Comparison {
  public var text: String {
    let count = allocators.map(\.runs.count).max() ?? 0
    var rows = [[""] + Quantity.allCases.map(\.title)]
    for allocator in allocators {
      let cells = Quantity.allCases.map { Cell($0, allocator, reference: reference) }
      let medians = zip(Quantity.allCases, cells).map { quantity, cell in cell.map { quantity.text($0.median) } ?? "-" }
      rows.append([allocator.name] + medians)
      if cells.contains(where: { $0 != nil }) { rows.append([""] + cells.map { $0.map(Self.ratio) ?? "" }) }
    }
    let head =
      "\(command.joined(separator: " ")): \(count) round\(count == 1 ? "" : "s"), medians; "
      + "ratios to \(reference.name)" + (count > 1 ? ", ± half of the spread" : "")
    return head + "\n" + Self.aligned(rows) + failures.map { "failed: \($0)\n" }.joined()
      + doubts.map { "note: \($0)\n" }.joined()
  }

  /// `x1.23 ±4 %`.
  static func ratio(_ cell: Cell) -> String {
    let spread = cell.spread.map { " ±\(number($0 * 50, 0)) %" } ?? ""
    return (cell.ratio.map { "x\(number($0, 2))" } ?? "") + spread
  }

  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
