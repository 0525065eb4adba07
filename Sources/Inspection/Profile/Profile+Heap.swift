// The heap's profile in pprof's terms, with the names of the functions.

extension Profile {
  /// - Parameters:
  ///   - symbolizer: knows the functions of the same process.
  ///   - time: nanoseconds since 1970 at which the heap was read.
  ///   - process: whose it is; nil of a core file.
  init(_ heap: HeapProfile, _ symbolizer: Symbolizer, time: Int64, process: Process?) {
    let bytes = ValueType(type: "space", unit: "bytes")
    self.init(
      valueTypes: Self.heapTypes, time: time, periodType: bytes, period: Int64(heap.interval),
      defaultType: "inuse_space")
    scatter = Scatter(variances: heap.variances, process: process)
    var known = Known()
    for site in heap.sites {
      // The instruction that called lies before the address to which the call returns.
      var stack = site.frames.map { known.location(of: $0 &- 1, symbolizer, &self) }
      if site.isCut { stack.append(known.placeholder("[more callers]", &self)) }
      if site.frames.isEmpty { stack.append(known.placeholder("[other call sites]", &self)) }
      samples.append(Sample(stack: stack, values: site.sums.values))
    }
    for index in mappings.indices {
      let inside = locations.filter { $0.mapping == index }
      mappings[index].hasFunctions = inside.allSatisfy { !$0.lines.isEmpty }
    }
  }

  /// The index of what was met before.
  private struct Known {
    var locations: [UInt: Int] = [:]
    var placeholders: [String: Int] = [:]
    var functions: [Function: Int] = [:]
    var mappings: [UInt: Int] = [:]

    mutating func location(of address: UInt, _ symbolizer: Symbolizer, _ profile: inout Profile) -> Int {
      if let index = locations[address] { return index }
      locations[address] = profile.locations.count
      let lines = symbolizer.function(at: address).map { name in
        [Line(function: function(name, &profile), line: 0)]
      }
      profile.locations.append(
        Location(
          mapping: mapping(of: address, symbolizer, &profile), address: UInt64(address), lines: lines ?? []))
      return profile.locations.count - 1
    }

    /// A location for what has no address.
    mutating func placeholder(_ name: String, _ profile: inout Profile) -> Int {
      if let index = placeholders[name] { return index }
      placeholders[name] = profile.locations.count
      let line = Line(function: function(name, &profile), line: 0)
      profile.locations.append(Location(mapping: nil, address: 0, lines: [line]))
      return profile.locations.count - 1
    }

    private mutating func function(_ name: String, _ profile: inout Profile) -> Int {
      let function = Function(name: Demangler.demangle(name), systemName: name)
      if let index = functions[function] { return index }
      functions[function] = profile.functions.count
      profile.functions.append(function)
      return profile.functions.count - 1
    }

    private mutating func mapping(of address: UInt, _ symbolizer: Symbolizer, _ profile: inout Profile) -> Int? {
      guard let module = symbolizer.module(at: address), !module.mapping.path.isEmpty else { return nil }
      let range = module.mapping.range
      if let index = mappings[range.lowerBound] { return index }
      mappings[range.lowerBound] = profile.mappings.count
      profile.mappings.append(
        Mapping(
          range: UInt64(range.lowerBound)..<UInt64(range.upperBound), offset: module.mapping.offset,
          file: module.mapping.path, buildID: module.buildID))
      return profile.mappings.count - 1
    }
  }
}

extension HeapReader {
  /// The heap profile as it is now.
  /// - Parameter time: nanoseconds since 1970.
  /// - Throws: `InspectionError` when the process ended, cannot be followed, or takes no samples.
  public func profile(time: Int64) throws -> Profile {
    let heap = HeapProfile(try snapshot(.stacks))
    if heap.interval == 0 { throw InspectionError.notSampled(source.name) }
    let process = source.process.flatMap { number in
      Threads.start(of: number).map { Profile.Process(number: number, start: $0) }
    }
    return Profile(heap, Symbolizer(source, try source.mappings()), time: time, process: process)
  }
}
