// Numbers that options take. A wrong one gets one line that says which are right.

import ArgumentParser

enum Number {
  /// Reads a number, as the `transform` of an option.
  /// - Parameter most: nil where there is no bound.
  static func from<Value: LosslessStringConvertible & Numeric & Comparable & Sendable>(
    _ least: Value, to most: Value? = nil
  ) -> @Sendable (String) throws -> Value {
    { text in
      // What is no number at all compares with none.
      guard let value = Value(text), value >= least, most.map({ value <= $0 }) ?? true else {
        let kind = Value.self is any BinaryInteger.Type ? "a whole number" : "a number"
        throw ValidationError("give \(kind) from \(words(least)) " + (most.map { "to \(words($0))" } ?? "on"))
      }
      return value
    }
  }

  /// Without a fraction that is none.
  private static func words(_ value: some LosslessStringConvertible) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
