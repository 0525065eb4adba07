// A profile from pprof's protocol buffer, ours or another program's.

extension Profile {
  /// Reads a message that is not compressed.
  /// - Throws: `ProfileError` when it is no profile, or refers to what it does not contain.
  public init(decoding bytes: [UInt8]) throws(ProfileError) {
    do {
      self = try Decoding(bytes).profile()
    } catch let error as ProfileError {
      throw error
    } catch {
      throw ProfileError(description: "it is no profile in pprof's format")
    }
  }

  /// The messages as they are in the file: they may refer to what comes later.
  private struct Decoding {
    private var parts: [UInt64: [ArraySlice<UInt8>]] = [:]
    private var numbers: [UInt64: UInt64] = [:]
    private var comments: [UInt64] = []

    init(_ bytes: [UInt8]) throws {
      var reader = ProtobufReader(bytes)
      while let (field, value) = try reader.next() {
        if field == 13 { comments += try ProtobufReader.numbers(value) }
        switch value {
        case .number(let number): numbers[field] = number
        case .bytes(let bytes): parts[field, default: []].append(bytes)
        }
      }
    }

    /// The numbers of one message by field; of its messages and lists, the bytes.
    private func fields(_ bytes: ArraySlice<UInt8>) throws -> [UInt64: [ProtobufReader.Value]] {
      var reader = ProtobufReader(bytes)
      var fields: [UInt64: [ProtobufReader.Value]] = [:]
      while let (field, value) = try reader.next() { fields[field, default: []].append(value) }
      return fields
    }

    private func text(_ number: UInt64) throws -> String {
      guard number != 0 else { return "" }
      guard let texts = parts[6], number < UInt64(texts.count) else { throw ProfileError.missing("text", number) }
      return String(decoding: texts[Int(number)], as: UTF8.self)
    }

    private func type(_ bytes: ArraySlice<UInt8>) throws -> ValueType {
      let fields = try fields(bytes)
      return ValueType(type: try text(fields.number(1)), unit: try text(fields.number(2)))
    }

    func profile() throws -> Profile {
      guard let types = parts[1] else { throw ProfileError(description: "it is no profile in pprof's format") }
      var profile = Profile(
        valueTypes: try types.map(type), periodType: try parts[11]?.last.map(type) ?? ValueType(type: "", unit: ""),
        period: Int64(truncatingIfNeeded: numbers[12] ?? 0), defaultType: try text(numbers[14] ?? 0))
      profile.time = Int64(truncatingIfNeeded: numbers[9] ?? 0)
      let mappings = try addMappings(to: &profile)
      let functions = try addFunctions(to: &profile)
      let locations = try addLocations(to: &profile, mappings, functions)
      try addSamples(to: &profile, locations)
      let errors = try comments.map(text).compactMap { Profile.scatter(comment: $0, types: profile.valueTypes) }
      // Files that another program put together have several, and none is of the whole.
      if errors.count == 1 { profile.scatter = errors[0] }
      return profile
    }

    /// Where in the profile's array each element is, by the number that the file gives it.
    private typealias Places = [UInt64: Int]

    private func addMappings(to profile: inout Profile) throws -> Places {
      var places = Places()
      for part in parts[3] ?? [] {
        let fields = try fields(part)
        places[fields.number(1)] = profile.mappings.count
        let (start, end) = (fields.number(2), fields.number(3))
        profile.mappings.append(
          Mapping(
            range: start..<max(start, end), offset: fields.number(4), file: try text(fields.number(5)),
            buildID: try text(fields.number(6)), hasFunctions: fields.number(7) != 0))
      }
      return places
    }

    private func addFunctions(to profile: inout Profile) throws -> Places {
      var places = Places()
      for part in parts[5] ?? [] {
        let fields = try fields(part)
        places[fields.number(1)] = profile.functions.count
        profile.functions.append(
          Function(
            name: try text(fields.number(2)), systemName: try text(fields.number(3)), file: try text(fields.number(4))))
      }
      return places
    }

    private func addLocations(to profile: inout Profile, _ mappings: Places, _ functions: Places) throws -> Places {
      var places = Places()
      for part in parts[4] ?? [] {
        let fields = try fields(part)
        places[fields.number(1)] = profile.locations.count
        let lines = try (fields[4] ?? []).map { line in
          guard case .bytes(let bytes) = line else { throw ProtobufReader.Malformed() }
          let line = try self.fields(bytes)
          guard let function = functions[line.number(1)] else { throw ProfileError.missing("function", line.number(1)) }
          return Line(function: function, line: Int(truncatingIfNeeded: line.number(2)))
        }
        profile.locations.append(
          Location(mapping: mappings[fields.number(2)], address: fields.number(3), lines: lines))
      }
      return places
    }

    private func addSamples(to profile: inout Profile, _ locations: Places) throws {
      for part in parts[2] ?? [] {
        let fields = try fields(part)
        let stack = try (fields[1] ?? []).flatMap(ProtobufReader.numbers).map { number in
          guard let location = locations[number] else { throw ProfileError.missing("location", number) }
          return location
        }
        let values = try (fields[2] ?? []).flatMap(ProtobufReader.numbers).map { Int64(bitPattern: $0) }
        let types = profile.valueTypes.count
        guard values.count == types else {
          throw ProfileError(description: "a sample has \(values.count) values where there are \(types) types")
        }
        profile.samples.append(Sample(stack: stack, values: values, labels: try labels(fields[3] ?? [])))
      }
    }

    private func labels(_ messages: [ProtobufReader.Value]) throws -> [String: String] {
      var labels: [String: String] = [:]
      for case .bytes(let bytes) in messages {
        let fields = try fields(bytes)
        labels[try text(fields.number(1))] = try text(fields.number(2))
      }
      return labels
    }
  }
}

/// Why a profile cannot be read, or not be compared.
public struct ProfileError: Error, Equatable, CustomStringConvertible {
  public var description: String

  static func missing(_ what: String, _ number: UInt64) -> ProfileError {
    ProfileError(description: "it is damaged: there is no \(what) \(number), which it refers to")
  }
}

extension [UInt64: [ProtobufReader.Value]] {
  /// The last number of a field, 0 where there is none.
  fileprivate func number(_ field: UInt64) -> UInt64 {
    if case .number(let number) = self[field]?.last { number } else { 0 }
  }
}
