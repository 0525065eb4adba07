// Markup: text and data inside SVG and HTML.

public enum Markup {
  /// Text in which nothing is markup any more.
  public static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, letter in
      switch letter {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n": escaped.unicodeScalars.append(letter)
      // XML has no place for them, escaped or not.
      case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(letter)
      }
    }
  }

  /// JSON for a `script` element, which no text in it can end.
  public static func script(json: String) -> String {
    json.reduce(into: "") { escaped, letter in
      if letter == "<" { escaped += "\\u003c" } else { escaped.append(letter) }
    }
  }

  /// A page of HTML that needs nothing else, in the colours of the reader's screen.
  /// - Parameters:
  ///   - title: text.
  ///   - style: what the style sheet has beyond fonts and colours.
  ///   - body: HTML.
  public static func page(title: String, style: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>
    :root { color-scheme: light dark; --ink: #24292f; --ground: #ffffff; --line: #d0d7de; --soft: #6e7781; }
    @media (prefers-color-scheme: dark) {
    :root { --ink: #e6edf3; --ground: #0d1117; --line: #30363d; --soft: #8b949e; }
    }
    body { font: 14px system-ui, sans-serif; color: var(--ink); background: var(--ground); }
    \(style)
    </style>
    </head>
    <body>
    \(body)
    </body>
    </html>

    """
  }
}
