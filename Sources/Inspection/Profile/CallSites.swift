// CallSites: where single blocks were allocated, by name, as far as they are samples of the heap profile.

public struct CallSites {
  private let snapshot: Snapshot
  private let symbolizer: Symbolizer

  /// - Parameters:
  ///   - snapshot: knows the stacks.
  ///   - mappings: those of the process at the time of the snapshot.
  public init(_ snapshot: Snapshot, _ source: any MemorySource, _ mappings: [Mapping]) {
    self.snapshot = snapshot
    symbolizer = Symbolizer(source, mappings)
  }

  /// The functions that led to the allocation of a sample, innermost first.
  public func functions(_ sample: SampledBlock) -> [String] {
    (snapshot.stacks?.stacks[sample.stack]?.frames ?? []).map { frame in
      // The instruction that called lies before the address to which the call returns.
      let address = frame &- 1
      if let name = symbolizer.function(at: address) { return Demangler.demangle(name) }
      guard let mapping = symbolizer.module(at: address)?.mapping, let file = mapping.path.split(separator: "/").last
      else { return Hexadecimal(address).description }
      let offset = UInt64(address - mapping.range.lowerBound) &+ mapping.offset
      return "\(file)+\(Hexadecimal(offset))"
    }
  }
}

extension Snapshot {
  /// The sample that holds an address.
  /// - Complexity: O(log n) in the number of samples.
  public func sample(holding address: UInt) -> SampledBlock? {
    guard let sample = samples.last(atOrBelow: address, \.address), address - sample.address < UInt(sample.bytes) else {
      return nil
    }
    return sample
  }
}
