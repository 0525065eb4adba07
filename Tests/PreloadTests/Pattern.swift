// Pattern: what a line of output has to look like.

import Foundation

/// Literal text in which `*` stands for anything, and `{one,other}` for one of several.
struct Pattern: Sendable {
  /// Alternatives written out; each is text between stars.
  private let alternatives: [[String]]

  init(_ text: String) {
    alternatives = Pattern.expand(text).map { $0.components(separatedBy: "*") }
  }

  func matches(_ line: String) -> Bool { alternatives.contains { Pattern.matches(line, $0) } }

  /// Whether there are as many lines as patterns, and each matches its own.
  static func match(_ lines: [String], _ patterns: [Pattern]) -> Bool {
    lines.count == patterns.count && zip(lines, patterns).allSatisfy { $1.matches($0) }
  }

  private static func expand(_ text: String) -> [String] {
    guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else {
      return [text]
    }
    let choices = text[text.index(after: open)..<close].components(separatedBy: ",")
    let rest = expand(String(text[text.index(after: close)...]))
    return choices.flatMap { choice in rest.map { text[..<open] + choice + $0 } }
  }

  /// The first piece is at the start, the last at the end, and the others come between in their order.
  private static func matches(_ line: String, _ pieces: [String]) -> Bool {
    guard pieces.count > 1 else { return line == pieces[0] }
    let first = pieces[0]
    let last = pieces[pieces.count - 1]
    guard line.hasPrefix(first), line.hasSuffix(last), line.utf8.count >= first.utf8.count + last.utf8.count
    else {
      return false
    }
    var rest = line.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.range(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
