// Sums and differences of profiles, by call site: of several processes, and of two moments.

extension Profile {
  /// The samples of this profile less those of an earlier one with the same value types, of the same process or another
  /// run of the same program. Places in one file are the same wherever it is mapped.
  /// - Throws: `ProfileError` when the profiles measure different things.
  public func subtracting(_ earlier: Profile) throws(ProfileError) -> Profile {
    var growth = try combined(with: earlier) { $0 &- $1 }
    growth.scatter = Self.scatter(ofGrowthFrom: earlier, to: self)
    return growth
  }

  /// The samples of this profile and those of another one with the same value types.
  /// - Throws: `ProfileError` when the profiles measure different things.
  public func adding(_ other: Profile) throws(ProfileError) -> Profile {
    var sum = try combined(with: other) { $0 &+ $1 }
    sum.scatter = scatter.flatMap { own in other.scatter.map(own.adding) }
    return sum
  }

  /// Samples of one stack and the same labels become one; what is zero then goes. Where only one of the profiles has labels,
  /// as that of several processes beside that of one, they do not count.
  private func combined(
    with other: Profile, _ operation: (Int64, Int64) -> Int64
  ) throws(ProfileError) -> Profile {
    guard valueTypes == other.valueTypes else {
      let kinds = [other, self].map { $0.valueTypes.map(\.type).joined(separator: ", ") }
      throw ProfileError(description: "one profile has \(kinds[0]), the other \(kinds[1]): give two of one kind")
    }
    if !samples.isEmpty && !other.samples.isEmpty && hasLabels != other.hasLabels {
      return try withoutLabels.combined(with: other.withoutLabels, operation)
    }
    var result = self
    result.period = max(period, other.period)
    var index = Dictionary(samples.indices.map { (key(samples[$0]), $0) }) { first, _ in first }
    var adopted: [Int: Int] = [:]
    for sample in other.samples {
      let key = other.key(sample)
      if let known = index[key] {
        result.samples[known].values = zip(result.samples[known].values, sample.values).map(operation)
      } else {
        index[key] = result.samples.count
        var moved = sample
        moved.values = sample.values.map { operation(0, $0) }
        for place in sample.stack where adopted[place] == nil {
          adopted[place] = result.adopt(other, other.locations[place])
        }
        moved.stack = sample.stack.compactMap { adopted[$0] }
        result.samples.append(moved)
      }
    }
    result.samples.removeAll { $0.values.allSatisfy { $0 == 0 } }
    return result
  }

  private var hasLabels: Bool { samples.contains { !$0.labels.isEmpty } }

  /// The same, with one sample for those that only labels told apart.
  private var withoutLabels: Profile {
    var result = self
    result.samples = []
    var index: [Key: Int] = [:]
    for var sample in samples {
      sample.labels = [:]
      let key = key(sample)
      if let known = index[key] {
        result.samples[known].values = zip(result.samples[known].values, sample.values).map { $0 &+ $1 }
      } else {
        index[key] = result.samples.count
        result.samples.append(sample)
      }
    }
    return result
  }

  /// What makes a place in a program the same in another run.
  private enum Place: Hashable {
    case file(String, offset: UInt64)
    case functions([String])
    case address(UInt64)
  }

  /// What makes a sample the same.
  private struct Key: Hashable {
    var stack: [Place]
    var labels: [String: String]
  }

  private func key(_ sample: Sample) -> Key {
    let stack = sample.stack.map { index in
      let location = locations[index]
      if let mapping = location.mapping.map({ mappings[$0] }) {
        let file = mapping.buildID.isEmpty ? mapping.file : mapping.buildID
        return Place.file(file, offset: location.address &- mapping.range.lowerBound &+ mapping.offset)
      }
      return location.lines.isEmpty ? .address(location.address) : .functions(names(of: index))
    }
    return Key(stack: stack, labels: sample.labels)
  }

  /// Takes over a location of another profile.
  private mutating func adopt(_ other: Profile, _ location: Location) -> Int {
    var moved = location
    moved.lines = location.lines.map { line in
      functions.append(other.functions[line.function])
      return Line(function: functions.count - 1, line: line.line)
    }
    moved.mapping = location.mapping.map { index in
      if let same = mappings.firstIndex(of: other.mappings[index]) { return same }
      mappings.append(other.mappings[index])
      return mappings.count - 1
    }
    locations.append(moved)
    return locations.count - 1
  }
}
