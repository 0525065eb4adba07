// ChartStyle: how charts and pages look, in the colours of the reader's screen.

public enum ChartStyle {
  private static let light = [
    "#2f6f9f", "#7fb2d6", "#d1242f", "#e0803a", "#e8b73d", "#8fbf5a",
    "#3fae8e", "#9a7bd0", "#c07a9f", "#8c959f", "#c4c9cf", "#24292f",
  ]
  private static let dark = [
    "#4f9fd6", "#a9d2f0", "#ff6a69", "#f0965a", "#e6c052", "#93c763",
    "#45c4a1", "#b295ee", "#d98fb8", "#8b949e", "#565d66", "#e6edf3",
  ]

  /// The style sheet of charts.
  public static let colors = """
    .ground { fill: #ffffff }
    text { fill: #24292f }
    .soft { fill: #6e7781 }
    .title { font-weight: 600; font-size: 15px }
    .grid { stroke: #6e7781; stroke-opacity: 0.18 }
    .unit { stroke: #57606a; stroke-width: 1.4 }
    .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
    \(classes(light))
    @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #e6edf3 }
    .soft { fill: #8b949e }
    .unit { stroke: #9198a1 }
    \(classes(dark))
    }
    """

  private static func classes(_ colors: [String]) -> String {
    colors.enumerated()
      .map { index, color in ".area.s\(index) { fill: \(color) } .curve.s\(index) { stroke: \(color) }" }
      .joined(separator: "\n")
  }
}
