// How candidates look in the plot: colours for a light and a dark screen, and shapes, so that either is enough
// to tell them apart.

import Measuring

/// The colour and the shape of one candidate.
struct PlotMark {
  enum Shape {
    case diamond, circle, square, triangle, cross
  }

  /// A class of the style sheet.
  var color: String
  var shape: Shape

  /// `index` chooses among what is left for candidates without a look of their own.
  init(of name: String, index: Int) {
    (color, shape) =
      switch name {
      case Candidate.subject: ("c0", .diamond)
      case "jemalloc": ("c1", .circle)
      case "tcmalloc": ("c2", .square)
      case "mimalloc2": ("c3", .triangle)
      case Candidate.strongest: ("c4", .cross)
      default: index % 2 == 0 ? ("c5", .circle) : ("c6", .square)
      }
  }

  func draw(in svg: inout SVG, x: Double, y: Double, tip: String) {
    let kind = "mark \(color)"
    func polygon(_ points: [(Double, Double)]) {
      svg.polygon(points.map { (x: x + $0.0, y: y + $0.1) }, kind: kind, tip: tip)
    }
    switch shape {
    case .diamond: polygon([(0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0)])
    case .triangle: polygon([(0, -4.6), (4.6, 3.6), (-4.6, 3.6)])
    case .square: polygon([(-3.6, -3.6), (3.6, -3.6), (3.6, 3.6), (-3.6, 3.6)])
    case .circle: svg.circle(x: x, y: y, radius: 4, kind: kind, tip: tip)
    case .cross:
      let (long, thin) = (4.8, 1.5)
      polygon([
        (-thin, -long), (thin, -long), (thin, -thin), (long, -thin), (long, thin), (thin, thin),
        (thin, long), (-thin, long), (-thin, thin), (-long, thin), (-long, -thin), (-thin, -thin),
      ])
    }
  }

  static let style = """
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
    \(colors(["#d1242f", "#0969da", "#1a7f37", "#bf5fb0", "#8250df", "#0e8a8a", "#9a6700"]))
    @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #e6edf3 }
    .soft { fill: #8b949e }
    .grid { stroke: #262c36 }
    .unit { stroke: #9198a1 }
    .band { fill: #8b949e; fill-opacity: 0.16 }
    .mark { stroke: #0d1117 }
    \(colors(["#ff6a69", "#58a6ff", "#3fb950", "#f0a3e4", "#ab7df8", "#39c5cf", "#d29922"]))
    }
    """

  private static func colors(_ colors: [String]) -> String {
    colors.enumerated()
      .map { index, color in ".mark.c\(index) { fill: \(color) } .reach.c\(index) { stroke: \(color) }" }
      .joined(separator: "\n")
  }
}
