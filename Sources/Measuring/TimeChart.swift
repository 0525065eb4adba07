// TimeChart: bytes over time, as lines or as areas on top of one another.

public struct TimeChart: Sendable {
  public enum Form: Sendable { case lines, stack }

  public struct Series: Sendable {
    public var name: String
    /// A class of the style sheet: `s0` to `s11`.
    public var kind: String
    public var points: [MemoryMoment]
    /// Where it is not known, and lines break off.
    public var gaps: [Gap]

    public init(name: String, kind: String, points: [MemoryMoment], gaps: [Gap] = []) {
      self.name = name
      self.kind = kind
      self.points = points
      self.gaps = gaps
    }
  }

  private let form: Form
  private let title: String
  private let series: [Series]
  private let time: Scale
  private let bytes: Scale
  private let unit: ByteUnit

  private static let width = 960.0
  private static let height = 340.0
  private static let plot = (left: 64.0, right: 944.0, top: 66.0, bottom: 306.0)

  /// - Parameter seconds: how far time reaches; nil for as far as the points do.
  /// - Precondition: the series of a stack have their points at the same times.
  public init(_ title: String, form: Form, seconds: Double? = nil, _ series: [Series]) {
    self.title = title
    self.form = form
    self.series = series
    let most: Int
    switch form {
    case .lines: most = series.flatMap(\.points).map(\.bytes).max() ?? 0
    case .stack:
      let count = series.map(\.points.count).min() ?? 0
      most = (0..<count).map { place in series.reduce(0) { $0 + $1.points[place].bytes } }.max() ?? 0
    }
    unit = ByteUnit(for: most)
    bytes = Scale(most: Double(most) / unit.bytes, from: Self.plot.bottom, to: Self.plot.top)
    let end = seconds ?? series.compactMap(\.points.last?.seconds).max() ?? 0
    time = Scale(most: end, from: Self.plot.left, to: Self.plot.right, isRounded: false)
  }

  /// The chart as an element of a page that has the style sheet. On a narrow screen it is moved about rather than made so
  /// small that nobody can read it.
  public var element: String { "<div class=\"scroll\">\(picture)</div>" }

  private var picture: String {
    var svg = SVG(width: Self.width, height: Self.height)
    draw(in: &svg)
    return svg.file(title: title, style: "")
  }

  /// Several charts below one another as one SVG file.
  public static func file(_ charts: [TimeChart]) -> String {
    let height = number(Double(charts.count) * Self.height, 0)
    let width = number(Self.width, 0)
    let head =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
      + "height=\"\(height)\"><style>\n\(ChartStyle.colors)\n</style>"
    let parts = charts.enumerated().map { place, chart in
      "<g transform=\"translate(0 \(number(Double(place) * Self.height, 0)))\">\n\(chart.picture)</g>"
    }
    return ([head] + parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func draw(in svg: inout SVG) {
    svg.rectangle(x: 0, y: 0, width: Self.width, height: Self.height, kind: "ground")
    svg.text("\(title) (\(unit.name))", x: 14, y: 24, kind: "title")
    drawLegend(in: &svg)
    switch form {
    case .stack: drawAreas(in: &svg)
    case .lines: break
    }
    drawAxes(in: &svg)
    if form == .lines {
      for one in series {
        for piece in one.points.pieces(between: one.gaps) { draw(piece, of: one, in: &svg) }
      }
    }
  }

  /// A moment between two gaps is a point.
  private func draw(_ piece: ArraySlice<MemoryMoment>, of one: Series, in svg: inout SVG) {
    if piece.count > 1 {
      svg.polyline(piece.map(place), kind: "curve \(one.kind)")
    } else if let (x, y) = piece.first.map(place) {
      svg.circle(x: x, y: y, radius: 1.5, kind: "area \(one.kind)", tip: one.name)
    }
  }

  private func drawLegend(in svg: inout SVG) {
    var x = 14.0
    for one in series {
      svg.rectangle(x: x, y: 37, width: 10, height: 10, kind: "area \(one.kind)")
      svg.text(one.name, x: x + 14, y: 46, kind: "plain")
      x += 30 + 6.2 * Double(one.name.count)
    }
  }

  private func drawAxes(in svg: inout SVG) {
    let (left, right, top, bottom) = Self.plot
    for tick in bytes.ticks {
      let y = bytes.place(tick)
      svg.line(from: (left, y), to: (right, y), kind: tick == 0 ? "unit" : "grid")
      svg.text(bytes.label(tick), x: left - 8, y: y + 4, kind: "soft", anchor: .end)
    }
    for tick in time.ticks {
      let x = time.place(tick)
      svg.line(from: (x, top), to: (x, bottom), kind: "grid")
      svg.text("\(time.label(tick)) s", x: x, y: bottom + 18, kind: "soft", anchor: .middle)
    }
  }

  private func place(_ point: MemoryMoment) -> (x: Double, y: Double) {
    (time.place(point.seconds), bytes.place(Double(point.bytes) / unit.bytes))
  }

  private func drawAreas(in svg: inout SVG) {
    var below = (series.first?.points ?? []).map { MemoryMoment(seconds: $0.seconds, bytes: 0) }
    for one in series {
      let above = zip(below, one.points).map { MemoryMoment(seconds: $0.seconds, bytes: $0.bytes + $1.bytes) }
      if one.points.contains(where: { $0.bytes > 0 }) {
        svg.polygon(above.map(place) + below.reversed().map(place), kind: "area \(one.kind)", tip: one.name)
      }
      below = above
    }
    for gap in series.first?.gaps ?? [] {
      let (from, to) = (time.place(gap.from), time.place(min(gap.to, time.most)))
      svg.rectangle(
        x: from, y: Self.plot.top, width: to - from, height: Self.plot.bottom - Self.plot.top, kind: "ground")
    }
  }
}

/// The binary unit in which a number of bytes reads well.
struct ByteUnit {
  let name: String
  let bytes: Double

  init(for most: Int) {
    var (name, bytes) = ("KiB", 1024.0)
    for larger in ["MiB", "GiB", "TiB"] where Double(most) >= bytes * 1024 { (name, bytes) = (larger, bytes * 1024) }
    (self.name, self.bytes) = (name, bytes)
  }
}

/// A linear scale from zero, with ticks at round numbers.
struct Scale {
  let most: Double
  let step: Double
  private let start: Double
  private let end: Double

  /// - Parameter isRounded: whether the scale reaches on to the next tick.
  init(most: Double, from start: Double, to end: Double, isRounded: Bool = true) {
    let reach = most > 0 ? most : 1
    var step = 1.0
    while step * 6 < reach { step *= 10 }
    while step * 0.6 > reach { step /= 10 }
    // Now between 1.7 and 6 steps, or the other way round; the finest of 1, 2 and 5 that gives at most six.
    for part in [0.1, 0.2, 0.5] where step * part * 6 >= reach {
      step *= part
      break
    }
    self.step = step
    self.most = isRounded ? (reach / step).rounded(.up) * step : reach
    self.start = start
    self.end = end
  }

  func place(_ value: Double) -> Double { start + value / most * (end - start) }

  var ticks: [Double] { (0...Int(most / step + 1e-9)).map { Double($0) * step } }

  func label(_ tick: Double) -> String {
    var digits = 0
    var unit = step
    while unit < 0.999 {
      unit *= 10
      digits += 1
    }
    return number(tick, digits)
  }
}
