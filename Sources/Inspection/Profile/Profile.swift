// Profile: what was measured at which call stacks, in the terms of pprof (github.com/google/pprof, proto/profile.proto),
// whose files hold it. Here, indices take the place of the file's numbers for locations, functions, and texts.

public struct Profile: Sendable, Equatable {
  /// What one of a sample's values is, and in what unit.
  public struct ValueType: Sendable, Equatable {
    public var type: String
    public var unit: String

    public init(type: String, unit: String) {
      self.type = type
      self.unit = unit
    }
  }

  public struct Sample: Sendable, Equatable {
    /// Indices of locations, innermost first.
    public var stack: [Int]
    /// One a value type.
    public var values: [Int64]
    /// Texts about it, by their keys.
    public var labels: [String: String] = [:]
  }

  public struct Location: Sendable, Equatable {
    /// Index of the mapping, nil where no file is mapped.
    public var mapping: Int?
    /// Within the calling instruction.
    public var address: UInt64
    /// What was inlined comes before what it was inlined into; empty where no name is known.
    public var lines: [Line]
  }

  public struct Line: Sendable, Equatable {
    /// Index of the function.
    public var function: Int
    /// 0 where it is not known.
    public var line: Int
  }

  public struct Function: Sendable, Hashable {
    public var name: String
    /// As the linker has it.
    public var systemName: String
    public var file = ""
  }

  public struct Mapping: Sendable, Equatable {
    public var range: Range<UInt64>
    public var offset: UInt64
    public var file: String
    public var buildID: String
    /// Whether all locations within have a function: else others may look for them.
    public var hasFunctions = false
  }

  public var valueTypes: [ValueType]
  public var samples: [Sample] = []
  public var locations: [Location] = []
  public var functions: [Function] = []
  public var mappings: [Mapping] = []
  /// Since 1970, in nanoseconds.
  public var time: Int64 = 0
  public var periodType: ValueType
  /// Mean distance of samples.
  public var period: Int64
  /// The value type that is shown first.
  public var defaultType: String
  /// How much the totals scatter; nil where nobody can tell.
  var scatter: Scatter?

  /// The heap's, as Go's heap profiles have them.
  public static let heapTypes = [
    ValueType(type: "alloc_objects", unit: "count"), ValueType(type: "alloc_space", unit: "bytes"),
    ValueType(type: "inuse_objects", unit: "count"), ValueType(type: "inuse_space", unit: "bytes"),
  ]

  /// What people call a location: the function, innermost first where some are inlined, or the place in its file.
  public func names(of location: Int) -> [String] {
    let location = locations[location]
    if !location.lines.isEmpty { return location.lines.map { functions[$0.function].name } }
    guard let mapping = location.mapping.map({ mappings[$0] }), !mapping.file.isEmpty else {
      return [Hexadecimal(location.address).description]
    }
    let name = mapping.file.split(separator: "/").last.map(String.init) ?? mapping.file
    return ["\(name)+\(Hexadecimal(location.address &- mapping.range.lowerBound &+ mapping.offset))"]
  }

  /// The names of a sample's stack, innermost first.
  public func names(of sample: Sample) -> [String] { sample.stack.flatMap(names(of:)) }

  /// The index of a value type by its name.
  public func index(of type: String) -> Int? { valueTypes.firstIndex { $0.type == type } }

  /// The sum of one value of all samples.
  public func total(_ value: Int) -> Int64 { samples.reduce(0) { $0 &+ $1.values[value] } }
}
