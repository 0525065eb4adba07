// What grew between two moments, by call site: values of the later profile less those of the earlier one.

extension Profile {
  /// The samples of this profile less those of an earlier one with the same value types, of the same process or another
  /// run of the same program. Places in one file are the same wherever it is mapped.
  /// - Throws: `ProfileError` when the profiles measure different things.
  public func subtracting(_ earlier: Profile) throws(ProfileError) -> Profile {
    guard valueTypes == earlier.valueTypes else {
      let kinds = [earlier, self].map { $0.valueTypes.map(\.type).joined(separator: ", ") }
      throw ProfileError(description: "one profile has \(kinds[0]), the other \(kinds[1]): give two of one kind")
    }
    var difference = self
    var index = Dictionary(samples.indices.map { (key(samples[$0]), $0) }) { first, _ in first }
    var adopted: [Int: Int] = [:]
    for sample in earlier.samples {
      let key = earlier.key(sample)
      if let known = index[key] {
        for value in sample.values.indices { difference.samples[known].values[value] &-= sample.values[value] }
      } else {
        index[key] = difference.samples.count
        var moved = sample
        moved.values = sample.values.map { 0 &- $0 }
        for place in sample.stack where adopted[place] == nil {
          adopted[place] = difference.adopt(earlier, earlier.locations[place])
        }
        moved.stack = sample.stack.compactMap { adopted[$0] }
        difference.samples.append(moved)
      }
    }
    difference.samples.removeAll { $0.values.allSatisfy { $0 == 0 } }
    return difference
  }

  /// What makes a place in a program the same in another run.
  private enum Place: Hashable {
    case file(String, offset: UInt64)
    case functions([String])
    case address(UInt64)
  }

  private func key(_ sample: Sample) -> [Place] {
    sample.stack.map { index in
      let location = locations[index]
      if let mapping = location.mapping.map({ mappings[$0] }) {
        let file = mapping.buildID.isEmpty ? mapping.file : mapping.buildID
        return .file(file, offset: location.address &- mapping.range.lowerBound &+ mapping.offset)
      }
      return location.lines.isEmpty ? .address(location.address) : .functions(names(of: index))
    }
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
