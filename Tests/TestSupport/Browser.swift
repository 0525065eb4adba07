// Browser: a page as a real browser, without a screen, sees it.

import Foundation

public struct Browser {
  /// The page's elements when its scripts had run.
  public let document: String
  /// What it said in its console.
  public let errors: [String]

  /// Opens a file.
  /// - Parameter isDark: as on a screen with a dark ground.
  public static func open(_ path: String, isDark: Bool = false) throws -> Browser {
    try open(address: "file://\(path)", isDark: isDark)
  }

  /// Opens a page by its address.
  public static func open(address: String, isDark: Bool = false) throws -> Browser {
    let browser = try Tools.find("chromium", "chromium-browser", "google-chrome", package: "chromium")
    let profile = try Scratch.folder()
    var command = Command(
      browser,
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--user-data-dir=\(profile)",
        "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--dump-dom", address,
      ])
    command.deadline = .seconds(300)
    let outcome = try command.run()
    guard outcome.ending == .exit(0), outcome.output.contains("</html>") else {
      throw Failure("the browser failed: \(outcome)")
    }
    return Browser(document: outcome.output, errors: outcome.errorLines.filter { $0.contains(":CONSOLE") })
  }

  /// What the page has for programs, in the element with this name.
  public func data(_ name: String = "data") -> Any? {
    guard let start = document.range(of: "<script type=\"application/json\" id=\"\(name)\">"),
      let end = document.range(of: "</script>", range: start.upperBound..<document.endIndex)
    else { return nil }
    return try? JSONSerialization.jsonObject(with: Data(document[start.upperBound..<end.lowerBound].utf8))
  }

  /// The numbers of the cells that have a name, by name.
  public var values: [String: String] {
    let pattern = /data-key="([A-Za-z]+)" data-value="([^"]*)"/
    return Dictionary(document.matches(of: pattern).map { (String($0.1), String($0.2)) }) { $1 }
  }

  /// The numbers of each cache's row: waste, then its parts.
  public var rows: [String: [Int]] {
    Dictionary(
      document.matches(of: /<tr data-cache="([^"]*)">(.*?)<\/tr>/).map { row in
        (String(row.1), row.2.matches(of: /data-value="([0-9]+)"/).compactMap { Int($0.1) })
      }
    ) { $1 }
  }
}
