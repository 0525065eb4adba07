// SVG: a picture in the making, of the few elements that plots need.

public struct SVG: Sendable {
  private var elements: [String] = []
  private let width: Double
  private let height: Double

  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// The whole file. `style` holds the classes that the elements name.
  public func file(title: String, style: String) -> String {
    let (width, height) = (short(width), short(height))
    let fonts = "system-ui, 'Helvetica Neue', Arial, sans-serif"
    let head = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\"",
      " width=\"\(width)\" height=\"\(height)\" font-family=\"\(fonts)\" font-size=\"12\">",
    ].joined()
    let lines = [head, "<title>\(Markup.escaped(title))</title>", "<style>", style, "</style>"]
    return (lines + elements + ["</svg>", ""]).joined(separator: "\n")
  }

  public enum Anchor: String {
    case start, middle, end
  }

  public mutating func text(_ text: String, x: Double, y: Double, kind: String, anchor: Anchor = .start) {
    let place = "x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor.rawValue)\""
    elements.append("<text class=\"\(kind)\" \(place)>\(Markup.escaped(text))</text>")
  }

  public mutating func line(from start: (x: Double, y: Double), to end: (x: Double, y: Double), kind: String) {
    let (x1, y1, x2, y2) = (short(start.x), short(start.y), short(end.x), short(end.y))
    elements.append("<line class=\"\(kind)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>")
  }

  public mutating func rectangle(x: Double, y: Double, width: Double, height: Double, kind: String) {
    let place = "x=\"\(short(x))\" y=\"\(short(y))\" width=\"\(short(width))\" height=\"\(short(height))\""
    elements.append("<rect class=\"\(kind)\" \(place)/>")
  }

  /// A filled outline, with a text that shows when it is pointed at.
  public mutating func polygon(_ points: [(x: Double, y: Double)], kind: String, tip: String) {
    elements.append(
      "<polygon class=\"\(kind)\" points=\"\(list(points))\"><title>\(Markup.escaped(tip))</title></polygon>")
  }

  /// A line through points.
  public mutating func polyline(_ points: [(x: Double, y: Double)], kind: String) {
    elements.append("<polyline class=\"\(kind)\" points=\"\(list(points))\"/>")
  }

  public mutating func circle(x: Double, y: Double, radius: Double, kind: String, tip: String) {
    let place = "cx=\"\(short(x))\" cy=\"\(short(y))\" r=\"\(short(radius))\""
    elements.append("<circle class=\"\(kind)\" \(place)><title>\(Markup.escaped(tip))</title></circle>")
  }

  private func list(_ points: [(x: Double, y: Double)]) -> String {
    points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
  }

  private func short(_ value: Double) -> String { number(value, 1) }
}
