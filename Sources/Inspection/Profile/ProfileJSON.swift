// A profile as JSON: each stack with its values.

public struct ProfileJSON: Encodable {
  struct Stack: Encodable {
    /// Functions, innermost first.
    var functions: [String]
    /// By value type.
    var values: [String: Int64]
  }

  let target: String
  /// Nanoseconds since 1970.
  let time: Int64
  /// Mean distance of samples, in bytes.
  let interval: Int64
  let totals: [String: Int64]
  /// The true totals are within so much of these, with a probability of 95 %; those that nobody can tell are not there.
  let errors: [String: Int64]
  let stacks: [Stack]

  public init(_ profile: Profile, target: String) {
    self.target = target
    time = profile.time
    interval = profile.period
    let types = profile.valueTypes.map(\.type)
    func byType<Value>(_ value: (Int) -> Value) -> [String: Value] {
      Dictionary(types.indices.map { (types[$0], value($0)) }) { first, _ in first }
    }
    totals = byType { profile.total($0) }
    errors = byType { profile.error($0) }.compactMapValues(\.self)
    stacks = profile.samples.map { sample in
      Stack(functions: profile.names(of: sample), values: byType { sample.values[$0] })
    }
  }
}
