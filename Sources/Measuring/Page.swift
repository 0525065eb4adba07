// Page: what a report shows in a browser.

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
