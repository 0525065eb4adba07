// The picture of all rows: time on the left, memory on the right, one line a row, one mark a candidate.

#if canImport(Glibc)
  import Glibc
#endif

/// Draws results as SVG in the colours of the reader's screen, light or dark.
struct Plot {
  var results: Results

  private static let labelWidth = 132.0
  private static let panelWidth = 420.0
  private static let gap = 28.0
  private static let margin = 18.0
  private static let lineHeight = 18.0
  private static let headHeight = 92.0
  private static let footHeight = 44.0
  /// Marks beyond these ratios are drawn at the edge.
  private static let limits = (least: 1.0 / 32, most: 32.0)

  /// One line of the picture: a row, or the mean of a set.
  private struct Line {
    var label: String
    var isMean: Bool
    /// The ratio to the reference by candidate, with the least and the most of its runs.
    var marks: [Quantity: [String: Mark]]
  }

  private struct Mark {
    var middle: Double
    var least: Double
    var most: Double
  }

  /// What ratios refer to: the C library's allocator, or whoever comes first if it was not measured.
  private var reference: String {
    results.candidates.map(\.name).first { $0 == Candidate.baseline } ?? results.candidates[0].name
  }

  /// Quarry is drawn last, above the others; its second measurement would only hide the first.
  private var shown: [String] {
    results.candidates.map(\.name).filter { $0 != Candidate.subject && $0 != Candidate.again && $0 != reference }
      + results.candidates.map(\.name).filter { $0 == Candidate.subject && $0 != reference }
  }

  func text() -> String {
    let sections = sections()
    let lineCount = sections.map { $0.lines.count + 1 }.reduce(0, +)
    let height = Self.headHeight + Double(lineCount) * Self.lineHeight + Self.footHeight
    let width = 2 * Self.margin + Self.labelWidth + 2 * Self.panelWidth + Self.gap
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(short(width)) \(short(height))" width="\(short(width))" \
      height="\(short(height))" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="12">
      <title>Quarry beside its peers</title>
      \(style())
      <rect class="ground" width="100%" height="100%"/>

      """
    svg += legend()
    for (panel, quantity) in [Quantity.processor, .peak].enumerated() {
      svg += self.panel(quantity, x: panelStart(panel), sections, bottom: height - Self.footHeight)
    }
    svg += labels(sections)
    let machine = results.machine
    let foot =
      "\(results.date.prefix(10)), \(machine.processor), \(machine.processors) processors, \(machine.system), "
      + "\(results.rounds) rounds. Marks are medians, lines reach from the least to the most."
    svg += "<text class=\"soft\" x=\"\(short(Self.margin))\" y=\"\(short(height - 12))\">\(escaped(foot))</text>\n"
    return svg + "</svg>\n"
  }

  // MARK: - What is drawn

  private func sections() -> [(title: String, lines: [Line])] {
    RowSet.allCases.compactMap { set in
      let rows = results.rows.filter { $0.set == set }
      if rows.isEmpty { return nil }
      let lines = rows.map { row in
        Line(label: row.name, isMean: false, marks: marks(of: row))
      }
      return (set == .own ? "Our own programs" : "Real programs", lines + [mean(of: lines)])
    }
  }

  private func marks(of row: RowResult) -> [Quantity: [String: Mark]] {
    var marks: [Quantity: [String: Mark]] = [:]
    for quantity in [Quantity.processor, .peak] {
      guard let unit = row.median(quantity, of: reference), unit > 0 else { continue }
      for name in shown {
        let values = row.values(quantity, of: name)
        guard let middle = median(values), let least = values.min(), let most = values.max() else { continue }
        marks[quantity, default: [:]][name] = Mark(middle: middle / unit, least: least / unit, most: most / unit)
      }
    }
    return marks
  }

  private func mean(of lines: [Line]) -> Line {
    var marks: [Quantity: [String: Mark]] = [:]
    for quantity in [Quantity.processor, .peak] {
      for name in shown {
        guard let middle = geometricMean(lines.compactMap { $0.marks[quantity]?[name]?.middle }) else { continue }
        marks[quantity, default: [:]][name] = Mark(middle: middle, least: middle, most: middle)
      }
    }
    return Line(label: "geometric mean", isMean: true, marks: marks)
  }

  // MARK: - How it is drawn

  private func panelStart(_ panel: Int) -> Double {
    Self.margin + Self.labelWidth + Double(panel) * (Self.panelWidth + Self.gap)
  }

  private func panel(
    _ quantity: Quantity, x: Double, _ sections: [(title: String, lines: [Line])], bottom: Double
  ) -> String {
    let all = sections.flatMap(\.lines).flatMap { ($0.marks[quantity] ?? [:]).values }
    let range = self.range(of: all)

    func place(_ ratio: Double) -> Double {
      let inside = min(max(ratio, range.least), range.most)
      return x + 8 + (log2(inside) - log2(range.least)) / (log2(range.most) - log2(range.least)) * (Self.panelWidth - 16)
    }

    var svg = ""
    let title = quantity == .processor ? "Processor time" : "Peak resident memory"
    svg += text(x, Self.headHeight - 30, "strong", "\(title), as a multiple of \(reference)'s")
    svg += text(x + Self.panelWidth, Self.headHeight - 30, "soft", "less is better", anchor: "end")
    for tick in ticks(in: range) {
      let at = short(place(tick.value))
      svg += """
        <line class="\(tick.value == 1 ? "unit" : "grid")" x1="\(at)" x2="\(at)" y1="\(short(Self.headHeight - 8))" \
        y2="\(short(bottom))"/>

        """
      svg += text(place(tick.value), Self.headHeight - 13, "soft", tick.label, anchor: "middle")
    }
    var y = Self.headHeight
    for section in sections {
      y += Self.lineHeight
      for line in section.lines {
        y += Self.lineHeight
        if line.isMean { svg += band(x, y) }
        for (index, name) in shown.enumerated() {
          guard let mark = line.marks[quantity]?[name] else { continue }
          svg += draw(mark, at: place, y - Self.lineHeight / 2, index, name)
        }
      }
    }
    return svg
  }

  private func draw(_ mark: Mark, at place: (Double) -> Double, _ y: Double, _ index: Int, _ name: String) -> String {
    let kind = kind(of: name, index)
    let x = place(mark.middle)
    var svg = ""
    let reach = (place(mark.least), place(mark.most))
    if reach.1 - reach.0 > 2 {
      svg += """
        <line class="reach \(kind.color)" x1="\(short(reach.0))" x2="\(short(reach.1))" y1="\(short(y))" y2="\(short(y))"/>

        """
    }
    svg += shape(kind.shape, x, y, kind.color, "\(name): \(number(mark.middle, 2))")
    return svg
  }

  private func legend() -> String {
    var svg = text(Self.margin, 26, "title", "Quarry beside its peers")
    var x = Self.margin + 210
    for (index, name) in shown.enumerated().reversed() {
      let kind = kind(of: name, index)
      svg += shape(kind.shape, x, 22, kind.color, name)
      svg += text(x + 10, 26, name == Candidate.subject ? "strong" : "plain", name)
      x += 34 + 7 * Double(name.count)
    }
    svg += "<line class=\"unit\" x1=\"\(short(x))\" x2=\"\(short(x))\" y1=\"15\" y2=\"29\"/>\n"
    return svg + text(x + 10, 26, "plain", reference)
  }

  private func labels(_ sections: [(title: String, lines: [Line])]) -> String {
    var svg = ""
    var y = Self.headHeight
    for section in sections {
      y += Self.lineHeight
      svg += text(Self.margin, y - 4, "strong", section.title)
      for line in section.lines {
        y += Self.lineHeight
        svg += text(
          Self.margin + Self.labelWidth - 12, y - 5, line.isMean ? "strong" : "plain", line.label, anchor: "end")
      }
    }
    return svg
  }

  private func band(_ x: Double, _ y: Double) -> String {
    """
    <rect class="band" x="\(short(x))" y="\(short(y - Self.lineHeight))" width="\(short(Self.panelWidth))" \
    height="\(short(Self.lineHeight))"/>

    """
  }

  // MARK: - Scale

  /// The powers of two around all marks.
  private func range(of marks: [Mark]) -> (least: Double, most: Double) {
    let least = marks.map(\.least).min() ?? 1
    let most = marks.map(\.most).max() ?? 1
    let low = max(Self.limits.least, exp2(floor(log2(min(least, 0.99)))))
    let high = min(Self.limits.most, exp2(ceil(log2(max(most, 1.01)))))
    return (low, high)
  }

  private func ticks(in range: (least: Double, most: Double)) -> [(value: Double, label: String)] {
    (-5...5).map { exp2(Double($0)) }
      .filter { $0 >= range.least && $0 <= range.most }
      .map { (value: $0, label: $0 < 1 ? "1/\(Int(1 / $0))" : "\(Int($0))") }
  }

  // MARK: - Marks

  private enum Shape {
    case diamond, circle, square, triangle, cross
  }

  /// Colours and shapes, so that one of them is enough to tell candidates apart.
  private func kind(of name: String, _ index: Int) -> (color: String, shape: Shape) {
    switch name {
    case Candidate.subject: ("c0", .diamond)
    case Candidate.baseline: ("c6", .cross)
    case "jemalloc": ("c1", .circle)
    case "tcmalloc": ("c2", .square)
    case "mimalloc2": ("c3", .triangle)
    case Candidate.strongest: ("c4", .cross)
    default: index % 2 == 0 ? ("c5", .circle) : ("c6", .square)
    }
  }

  private func shape(_ shape: Shape, _ x: Double, _ y: Double, _ color: String, _ title: String) -> String {
    let tip = "<title>\(escaped(title))</title>"
    func path(_ points: [(Double, Double)], _ name: String) -> String {
      let list = points.map { "\(short(x + $0.0)),\(short(y + $0.1))" }.joined(separator: " ")
      return "<\(name) class=\"mark \(color)\" points=\"\(list)\">\(tip)</\(name)>\n"
    }
    switch shape {
    case .diamond: return path([(0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0)], "polygon")
    case .triangle: return path([(0, -4.6), (4.6, 3.6), (-4.6, 3.6)], "polygon")
    case .square: return path([(-3.6, -3.6), (3.6, -3.6), (3.6, 3.6), (-3.6, 3.6)], "polygon")
    case .circle:
      return "<circle class=\"mark \(color)\" cx=\"\(short(x))\" cy=\"\(short(y))\" r=\"4\">\(tip)</circle>\n"
    case .cross:
      // A cross as an outline, so that all marks are filled in the same way.
      let (long, thin) = (4.8, 1.5)
      return path(
        [
          (-thin, -long), (thin, -long), (thin, -thin), (long, -thin), (long, thin), (thin, thin), (thin, long),
          (-thin, long), (-thin, thin), (-long, thin), (-long, -thin), (-thin, -thin),
        ], "polygon")
    }
  }

  private func style() -> String {
    """
    <style>
    .ground { fill: #ffffff }
    text { fill: #24292f }
    .soft { fill: #6e7781 }
    .strong { font-weight: 600 }
    .title { font-weight: 600; font-size: 17px }
    .grid { stroke: #e4e7eb; stroke-width: 1 }
    .unit { stroke: #57606a; stroke-width: 1.4 }
    .band { fill: #6e7781; fill-opacity: 0.10 }
    .mark { stroke: #ffffff; stroke-width: 0.7 }
    .reach { stroke-width: 1.6; stroke-opacity: 0.45 }
    .c0 { fill: #d1242f } .c1 { fill: #0969da } .c2 { fill: #1a7f37 } .c3 { fill: #bf5fb0 }
    .c4 { fill: #8250df } .c5 { fill: #0e8a8a } .c6 { fill: #9a6700 }
    .reach.c0 { stroke: #d1242f } .reach.c1 { stroke: #0969da } .reach.c2 { stroke: #1a7f37 }
    .reach.c3 { stroke: #bf5fb0 } .reach.c4 { stroke: #8250df } .reach.c5 { stroke: #0e8a8a }
    .reach.c6 { stroke: #9a6700 }
    @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #e6edf3 }
    .soft { fill: #8b949e }
    .grid { stroke: #262c36 }
    .unit { stroke: #9198a1 }
    .band { fill: #8b949e; fill-opacity: 0.16 }
    .mark { stroke: #0d1117 }
    .c0 { fill: #ff6a69 } .c1 { fill: #58a6ff } .c2 { fill: #3fb950 } .c3 { fill: #f0a3e4 }
    .c4 { fill: #ab7df8 } .c5 { fill: #39c5cf } .c6 { fill: #d29922 }
    .reach.c0 { stroke: #ff6a69 } .reach.c1 { stroke: #58a6ff } .reach.c2 { stroke: #3fb950 }
    .reach.c3 { stroke: #f0a3e4 } .reach.c4 { stroke: #ab7df8 } .reach.c5 { stroke: #39c5cf }
    .reach.c6 { stroke: #d29922 }
    }
    </style>
    """
  }

  private func text(_ x: Double, _ y: Double, _ kind: String, _ text: String, anchor: String = "start") -> String {
    "<text class=\"\(kind)\" x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
  }

  private func short(_ value: Double) -> String { number(value, 1) }

  private func escaped(_ text: String) -> String {
    var escaped = ""
    for letter in text {
      switch letter {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.append(letter)
      }
    }
    return escaped
  }
}
