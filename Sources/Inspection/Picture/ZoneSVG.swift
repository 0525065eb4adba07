// The picture as SVG: a path for each colour, with a rectangle for cells of it that follow one another in a row.

import Measuring

extension ZonePicture {
  /// Pixels of a cell.
  private static let cell = 6
  private static let margin = 10
  private static let header = 66

  public var svg: String {
    let rows = (cells.count + Self.columns - 1) / Self.columns
    let width = Self.columns * Self.cell + 2 * Self.margin + 90
    let height = rows * Self.cell + Self.header + Self.margin
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\" font-size=\"11\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
      "<text x=\"\(Self.margin)\" y=\"18\" font-size=\"13\" fill=\"#202124\">\(Markup.escaped(target)): one cell a page "
        + "of 4 KiB, a row 512 KiB; lines mark 2 MiB</text>",
    ]
    lines += legendLines
    lines.append("<g id=\"zone\" shape-rendering=\"crispEdges\">")
    lines += paths(rows)
    lines.append("</g>")
    lines += blockLines(rows) + ["</svg>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private var legendLines: [String] {
    var lines: [String] = []
    var (x, y) = (Self.margin, 30)
    for (number, entry) in legend.enumerated() {
      if number == 3 { (x, y) = (Self.margin, 44) }
      let text = "\(entry.kind.title): \(Size(entry.pages * Snapshot.pageSize))"
      lines.append(
        "<rect x=\"\(x)\" y=\"\(y)\" width=\"10\" height=\"10\" fill=\"\(Cell(kind: entry.kind, fullness: 170).color)\"/>"
      )
      lines.append("<text x=\"\(x + 14)\" y=\"\(y + 9)\" fill=\"#202124\">\(Markup.escaped(text))</text>")
      x += 26 + text.count * 6
    }
    return lines
  }

  private func paths(_ rows: Int) -> [String] {
    var paths: [String: String] = [:]
    for row in 0..<rows {
      let end = min(cells.count, (row + 1) * Self.columns)
      var page = row * Self.columns
      while page < end {
        let color = cells[page].color
        let first = page
        while page < end, cells[page].color == color { page += 1 }
        let x = Self.margin + (first - row * Self.columns) * Self.cell
        let width = (page - first) * Self.cell
        paths[color, default: ""] += "M\(x) \(Self.header + row * Self.cell)h\(width)v\(Self.cell)h-\(width)z"
      }
    }
    return paths.sorted { $0.key < $1.key }.map { "<path fill=\"\($0.key)\" d=\"\($0.value)\"/>" }
  }

  /// A frame around each pageblock of 2 MiB, a thick one around a huge page, with its address.
  private func blockLines(_ rows: Int) -> [String] {
    let perBlock = 512 / Self.columns
    return stride(from: 0, to: rows, by: perBlock).map { row in
      let y = Self.header + row * Self.cell
      let height = min(perBlock, rows - row) * Self.cell
      let address = String(base + UInt(row * Self.columns) << 12, radix: 16)
      return "<rect x=\"\(Self.margin)\" y=\"\(y)\" width=\"\(Self.columns * Self.cell)\" height=\"\(height)\" "
        + "fill=\"none\" stroke=\"#202124\" "
        + (huge.contains(row * Self.columns) ? "stroke-width=\"3\"/>" : "stroke-opacity=\"0.35\"/>")
        + "<text x=\"\(Self.margin + Self.columns * Self.cell + 5)\" y=\"\(y + 12)\" font-size=\"10\" "
        + "fill=\"#202124\">\(address)</text>"
    }
  }
}
