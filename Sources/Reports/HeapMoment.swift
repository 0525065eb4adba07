// HeapMoment: what is kept of one look into a running process's heap.

import Inspection
import Measuring

/// Resident bytes of a heap by what they hold.
public struct HeapMoment: Encodable, Sendable {
  private typealias Kind = Fragmentation.Part.Kind

  /// Since the start.
  public var seconds: Double
  /// By kind, in the order of `Fragmentation.Part.Kind.allCases`.
  public var parts: [Int]
  /// By how many bytes the parts may be off.
  public var bound: Int

  public var bytes: Int { parts.reduce(0, +) }
  public func bytes(_ kind: Fragmentation.Part.Kind) -> Int { parts[Kind.allCases.firstIndex(of: kind)!] }

  public init(seconds: Double, _ report: Fragmentation) {
    self.seconds = seconds
    parts = Kind.allCases.map { report.bytes($0) }
    bound = report.bound
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(seconds, forKey: Key("seconds"))
    try container.encode(bytes, forKey: Key("bytes"))
    try container.encode(bound, forKey: Key("bound"))
    for (kind, bytes) in zip(Kind.allCases, parts) { try container.encode(bytes, forKey: Key(kind.rawValue)) }
  }
}

private struct Key: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
