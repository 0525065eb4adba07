// The picture as SVG: a path for each colour, with a rectangle for cells of it that follow one another in a row.

import Measuring

extension ZonePicture {
  /// Pixels of a cell.
  private static let cell = 6
  private static let margin = 10
  /// What the lines of the legend, and that of the bound, take.
  private var header: Int { bounds.isExact ? 66 : 80 }

  public var svg: String {
    let rows = (cells.count + Self.columns - 1) / Self.columns
    let width = Self.columns * Self.cell + 2 * Self.margin + 90
    let height = rows * Self.cell + header + Self.margin
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\" font-size=\"11\">",
      "<style>\n\(style)\n</style>",
      "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
      "<text x=\"\(Self.margin)\" y=\"18\" font-size=\"13\">\(Markup.escaped(target)): one cell a page "
        + "of 4 KiB, a row 512 KiB; \(frames)</text>",
    ]
    lines += legendLines
    if let words = bounds.words { lines.append("<text x=\"\(Self.margin)\" y=\"68\">\(words)</text>") }
    lines.append("<g id=\"zone\" shape-rendering=\"crispEdges\">")
    lines += paths(rows)
    lines.append("</g>")
    lines += blockLines(rows) + ["</svg>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private var style: String {
    // What is not the same on every ground is of a few kinds.
    let dark = Kind.allCases.map { Cell(kind: $0, fullness: 0) }.filter { $0.shade.light != $0.shade.dark }
    return """
      .ground { fill: #ffffff } text { fill: #202124 } .block { fill: none; stroke: #202124; stroke-opacity: 0.35 }
      .huge { fill: none; stroke: #202124; stroke-width: 3 }
      @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 } text { fill: #e6edf3 } .block, .huge { stroke: #e6edf3 }
      \(dark.map { ".\($0.kind) { fill: \($0.shade.dark) }" }.joined(separator: " "))
      }
      """
  }

  private var legendLines: [String] {
    var lines: [String] = []
    var (x, y) = (Self.margin, 30)
    for (number, entry) in legend.enumerated() {
      if number == 3 { (x, y) = (Self.margin, 44) }
      let text = "\(entry.kind.title): \(Size(entry.pages * Snapshot.pageSize))"
      lines.append(
        "<rect class=\"\(entry.kind)\" x=\"\(x)\" y=\"\(y)\" width=\"10\" height=\"10\" "
          + "fill=\"\(Cell(kind: entry.kind, fullness: 170).shade.light)\"/>")
      lines.append("<text x=\"\(x + 14)\" y=\"\(y + 9)\">\(Markup.escaped(text))</text>")
      x += 26 + text.count * 6
    }
    return lines
  }

  private func paths(_ rows: Int) -> [String] {
    var paths: [Shade: (kind: Kind, shape: String)] = [:]
    for row in 0..<rows {
      let end = min(cells.count, (row + 1) * Self.columns)
      var page = row * Self.columns
      while page < end {
        let (first, cell) = (page, cells[page])
        while page < end, cells[page].shade == cell.shade { page += 1 }
        let x = Self.margin + (first - row * Self.columns) * Self.cell
        let width = (page - first) * Self.cell
        paths[cell.shade, default: (cell.kind, "")].shape +=
          "M\(x) \(header + row * Self.cell)h\(width)v\(Self.cell)h-\(width)z"
      }
    }
    return paths.sorted { $0.key.light < $1.key.light }.map { shade, path in
      "<path class=\"\(path.kind)\" fill=\"\(shade.light)\" d=\"\(path.shape)\"/>"
    }
  }

  /// A frame around each pageblock of 2 MiB, a thick one around a huge page, with its address.
  private func blockLines(_ rows: Int) -> [String] {
    let perBlock = 512 / Self.columns
    return stride(from: 0, to: rows, by: perBlock).map { row in
      let y = header + row * Self.cell
      let height = min(perBlock, rows - row) * Self.cell
      let address = String(base + UInt(row * Self.columns) << 12, radix: 16)
      return "<rect class=\"\(huge.contains(row * Self.columns) ? "huge" : "block")\" x=\"\(Self.margin)\" y=\"\(y)\" "
        + "width=\"\(Self.columns * Self.cell)\" height=\"\(height)\"/>"
        + "<text x=\"\(Self.margin + Self.columns * Self.cell + 5)\" y=\"\(y + 12)\" font-size=\"10\">\(address)</text>"
    }
  }
}
