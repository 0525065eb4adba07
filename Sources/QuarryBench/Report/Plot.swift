// The picture of all rows: time on the left, memory on the right, one line for each row, one mark for each candidate.

import Measuring

#if canImport(Glibc)
  import Glibc
#endif

/// Draws results as SVG in the colours of the reader's screen, light or dark.
struct Plot {
  var results: Results

  private static let labelWidth = 150.0
  private static let panelWidth = 420.0
  private static let gap = 28.0
  private static let margin = 18.0
  private static let lineHeight = 18.0
  private static let headHeight = 92.0
  private static let footHeight = 44.0
  /// Between the two sets.
  private static let sectionGap = 10.0
  /// Marks beyond these ratios are drawn at the edge.
  private static let limits = (least: 1.0 / 32, most: 32.0)

  private static let quantities = [Quantity.processor, .peak]

  private struct Section {
    var title: String
    var lines: [Line]
  }

  /// One line of the picture: a row, or the mean of a set.
  private struct Line {
    var label: String
    var isMean = false
    /// Ratios to the reference by candidate.
    var ratios: [Quantity: [String: Ratio]]
  }

  /// The median, and the least and the most of the runs.
  private struct Ratio {
    var middle: Double
    var least: Double
    var most: Double
  }

  /// What ratios refer to: the C library's allocator, or whoever comes first if it was not measured.
  private var reference: String {
    let names = results.candidates.map(\.name)
    return names.first { $0 == Candidate.baseline } ?? names[0]
  }

  /// Quarry is drawn last, above the others; its second measurement would only hide the first.
  private var shown: [String] {
    let names = results.candidates.map(\.name).filter { $0 != reference && $0 != Candidate.again }
    return names.filter { $0 != Candidate.subject } + names.filter { $0 == Candidate.subject }
  }

  func text() -> String {
    let sections = sections()
    let lines = sections.map { $0.lines.count + 1 }.reduce(0, +)
    let bottom =
      Self.headHeight + Double(lines) * Self.lineHeight + Double(sections.count - 1) * Self.sectionGap
    let height = bottom + Self.footHeight
    let width = 2 * Self.margin + Self.labelWidth + 2 * Self.panelWidth + Self.gap

    var svg = SVG(width: width, height: height)
    svg.rectangle(x: 0, y: 0, width: width, height: height, kind: "ground")
    drawLegend(in: &svg)
    for (index, quantity) in Self.quantities.enumerated() {
      let x = Self.margin + Self.labelWidth + Double(index) * (Self.panelWidth + Self.gap)
      drawPanel(quantity, x: x, bottom: bottom + 6, sections, in: &svg)
    }
    drawLabels(sections, in: &svg)
    let machine = results.machine
    let foot = [
      String(results.date.prefix(10)), machine.processor, "\(machine.processors) processors", machine.system,
      "rounds: \(results.rounds). Marks are medians, lines reach from the least to the most.",
    ].joined(separator: ", ")
    svg.text(foot, x: Self.margin, y: height - 12, kind: "soft")
    return svg.file(title: "Quarry beside its peers", style: PlotMark.style)
  }

  // MARK: - What is drawn

  private func sections() -> [Section] {
    RowSet.allCases.compactMap { set in
      let rows = results.rows.filter { $0.set == set }
      if rows.isEmpty { return nil }
      let lines = rows.map { Line(label: $0.name, ratios: ratios(of: $0)) }
      // Probes ask different questions, which have no mean.
      return Section(title: set.title, lines: lines + (set == .probes ? [] : [mean(of: lines)]))
    }
  }

  private func ratios(of row: RowResult) -> [Quantity: [String: Ratio]] {
    var ratios: [Quantity: [String: Ratio]] = [:]
    for quantity in Self.quantities {
      guard let unit = row.median(quantity, of: reference), unit > 0 else { continue }
      for name in shown {
        let values = row.values(quantity, of: name).map { $0 / unit }
        guard let middle = median(values), let least = values.min(), let most = values.max() else { continue }
        ratios[quantity, default: [:]][name] = Ratio(middle: middle, least: least, most: most)
      }
    }
    return ratios
  }

  private func mean(of lines: [Line]) -> Line {
    var ratios: [Quantity: [String: Ratio]] = [:]
    for quantity in Self.quantities {
      for name in shown {
        let all = lines.compactMap { $0.ratios[quantity]?[name]?.middle }
        guard let middle = geometricMean(all) else { continue }
        ratios[quantity, default: [:]][name] = Ratio(middle: middle, least: middle, most: middle)
      }
    }
    return Line(label: "geometric mean", isMean: true, ratios: ratios)
  }

  // MARK: - How it is drawn

  /// Calls `draw` for the head of each section and for each of its lines, with the line's lower edge.
  private func forEachLine(_ sections: [Section], _ draw: (Section, Line?, Double) -> Void) {
    var y = Self.headHeight
    for (index, section) in sections.enumerated() {
      y += Self.lineHeight + (index > 0 ? Self.sectionGap : 0)
      draw(section, nil, y)
      for line in section.lines {
        y += Self.lineHeight
        draw(section, line, y)
      }
    }
  }

  private func drawPanel(
    _ quantity: Quantity, x: Double, bottom: Double, _ sections: [Section], in svg: inout SVG
  ) {
    let scale = scale(for: quantity, sections, x: x)
    let title = quantity == .processor ? "Processor time" : "Peak resident memory"
    let head = Self.headHeight
    svg.text("\(title), as a multiple of \(reference)'s", x: x, y: head - 30, kind: "strong")
    svg.text("less is better", x: x + Self.panelWidth, y: head - 30, kind: "soft", anchor: .end)
    for tick in scale.ticks {
      let place = scale.place(tick)
      svg.line(from: (place, head - 8), to: (place, bottom), kind: tick == 1 ? "unit" : "grid")
      let label = tick < 1 ? "1/\(Int(1 / tick))" : "\(Int(tick))"
      svg.text(label, x: place, y: head - 13, kind: "soft", anchor: .middle)
    }
    forEachLine(sections) { _, line, y in
      guard let line else { return }
      if line.isMean {
        let top = y - Self.lineHeight
        svg.rectangle(x: x, y: top, width: Self.panelWidth, height: Self.lineHeight, kind: "band")
      }
      for (index, name) in shown.enumerated() {
        guard let ratio = line.ratios[quantity]?[name] else { continue }
        let mark = PlotMark(of: name, index: index)
        let middle = y - Self.lineHeight / 2
        let (least, most) = (scale.place(ratio.least), scale.place(ratio.most))
        if most - least > 2 {
          svg.line(from: (least, middle), to: (most, middle), kind: "reach \(mark.color)")
        }
        let tip = "\(name), \(line.label): \(number(ratio.middle, 2))"
        mark.draw(in: &svg, x: scale.place(ratio.middle), y: middle, tip: tip)
      }
    }
  }

  private func drawLegend(in svg: inout SVG) {
    svg.text("Quarry beside its peers", x: Self.margin, y: 27, kind: "title")
    var x = Self.margin + 250
    for (index, name) in shown.enumerated().reversed() {
      PlotMark(of: name, index: index).draw(in: &svg, x: x, y: 22, tip: name)
      svg.text(name, x: x + 10, y: 26, kind: name == Candidate.subject ? "strong" : "plain")
      x += 34 + 7 * Double(name.count)
    }
    svg.line(from: (x, 14), to: (x, 30), kind: "unit")
    svg.text(reference, x: x + 10, y: 26, kind: "plain")
  }

  private func drawLabels(_ sections: [Section], in svg: inout SVG) {
    forEachLine(sections) { section, line, y in
      if let line {
        let kind = line.isMean ? "strong" : "plain"
        svg.text(line.label, x: Self.margin + Self.labelWidth - 12, y: y - 5, kind: kind, anchor: .end)
      } else {
        svg.text(section.title, x: Self.margin, y: y - 4, kind: "strong")
      }
    }
  }

  // MARK: - Scale

  /// A logarithmic scale from one power of two to another.
  private struct Scale {
    var least: Double
    var most: Double
    /// Where the least and the most lie.
    var start: Double
    var end: Double

    func place(_ ratio: Double) -> Double {
      let inside = min(max(ratio, least), most)
      return start + (log2(inside) - log2(least)) / (log2(most) - log2(least)) * (end - start)
    }

    var ticks: [Double] {
      (-5...5).map { exp2(Double($0)) }.filter { $0 >= least && $0 <= most }
    }
  }

  private func scale(for quantity: Quantity, _ sections: [Section], x: Double) -> Scale {
    let all = sections.flatMap(\.lines).flatMap { ($0.ratios[quantity] ?? [:]).values }
    // Around one in any case, so that the reference is in the picture.
    let least = min(all.map(\.least).min() ?? 1, 0.99)
    let most = max(all.map(\.most).max() ?? 1, 1.01)
    return Scale(
      least: max(Self.limits.least, exp2(floor(log2(least)))),
      most: min(Self.limits.most, exp2(ceil(log2(most)))), start: x + 8, end: x + Self.panelWidth - 8)
  }
}
