// JSON: how everything is written for programs: keys in their order, so that two outputs can be compared as text.

import FoundationEssentials

public enum JSON {
  /// Over several lines, of which the last one is ended.
  public static func text(_ value: some Encodable) throws -> String { try encode(value, [.prettyPrinted]) + "\n" }

  /// Without line breaks.
  public static func line(_ value: some Encodable) throws -> String { try encode(value, []) }

  private static func encode(_ value: some Encodable, _ form: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = form.union([.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
