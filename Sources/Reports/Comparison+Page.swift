// The comparison as a page: the table, and the memory curves laid over each other.

import Measuring

extension Comparison {
  public func html() throws -> String {
    let name = command.joined(separator: " ")
    let chart = TimeChart(
      "Resident memory over time", form: .lines,
      allocators.enumerated().map { place, allocator in
        TimeChart.Series(
          name: allocator.name, kind: "s\(Self.colors[place % Self.colors.count])", points: allocator.curve,
          gaps: allocator.gaps)
      })
    var parts = ["<h1>\(Markup.escaped(name))</h1>"]
    if let load { parts.append("<p>a server, under the load of: \(Markup.escaped(load))</p>") }
    parts += [table, chart.element]
    parts += failures.map { "<p>Failed: \(Markup.escaped($0))</p>" }
    parts += doubts.map { "<p>Note: \(Markup.escaped($0)).</p>" }
    parts.append(
      "<p>Medians; ratios to \(Markup.escaped(reference.name)), and half of the distance from the least to the most. "
        + "The curves are those of the first round, and break off where nobody looked.</p>")
    return Page(title: name, body: parts.joined(separator: "\n"), json: try json()).html
  }

  /// Neighbours that are easily told apart.
  private static let colors = [2, 9, 0, 6, 3, 7, 4, 5, 8]

  private var table: String {
    let head = "<tr><th>allocator</th>" + Quantity.allCases.map { "<th>\($0.title)</th>" }.joined() + "</tr>"
    let rows = allocators.map { allocator in
      let cells = Quantity.allCases.map { quantity in
        guard let cell = Cell(quantity, allocator, reference: reference) else { return "<td>-</td>" }
        return "<td data-key=\"\(quantity.rawValue)\" data-value=\"\(cell.median)\">\(quantity.text(cell.median))"
          + "<br><small>\(Self.ratio(cell))</small></td>"
      }
      let name = Markup.escaped(allocator.name)
      return "<tr data-allocator=\"\(name)\"><th>\(name)</th>\(cells.joined())</tr>"
    }
    return "<div class=\"scroll\"><table id=\"comparison\">\(([head] + rows).joined(separator: "\n"))</table></div>"
  }
}
