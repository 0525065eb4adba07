// Markup: text and data inside SVG and HTML.

public enum Markup {
  /// Text in which nothing is markup any more.
  public static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, letter in
      switch letter {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(letter)
      }
    }
  }

  /// JSON for a `script` element, which no text in it can end.
  public static func script(json: String) -> String {
    json.reduce(into: "") { escaped, letter in
      if letter == "<" { escaped += "\\u003c" } else { escaped.append(letter) }
    }
  }
}
