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

/// A self-contained page of HTML, which needs no network and no script to be read.
public struct Page {
  public var title: String
  /// HTML.
  public var body: String
  /// What the page shows, for programs.
  public var json: String

  public init(title: String, body: String, json: String) {
    self.title = title
    self.body = body
    self.json = json
  }

  public var html: String {
    let data = "<script type=\"application/json\" id=\"data\">\n\(Markup.script(json: json))\n</script>"
    return Markup.page(title: title, style: Self.style, body: "\(body)\n\(data)")
  }

  private static let style = """
    body { margin: 0 auto; padding: 16px; max-width: 980px; }
    h1 { font-size: 20px; overflow-wrap: anywhere; } h2 { font-size: 16px; margin-top: 28px; }
    table { border-collapse: collapse; margin-bottom: 20px; } th, td { padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); }
    td { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; } th { text-align: right; }
    th:first-child { text-align: left; } #classes th, #comparison th { white-space: nowrap; }
    td small { color: var(--soft); } .scroll, pre { overflow-x: auto; } pre { font-size: 12px; white-space: pre-wrap; }
    summary h2 { display: inline; } details { border-top: 1px solid var(--line); padding: 12px 0; }
    svg { width: 100%; min-width: 640px; height: auto; margin-bottom: 12px; }
    iframe { width: 100%; height: 560px; border: 1px solid var(--line); }
    \(ChartStyle.colors)
    """
}
