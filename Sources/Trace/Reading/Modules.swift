// Where in which file the code at an address came from.

import TraceFormat

public struct Modules {
  private struct Mapping {
    var range: Range<UInt64>
    var offset: UInt64
    var path: String
  }

  /// The latest copies first.
  private var mappings: [Mapping] = []

  public init(_ file: TraceFile) throws {
    var copies: [(sequence: UInt64, mappings: [Mapping])] = []
    for index in 0..<file.chunkCount {
      guard case .modules(let text, let sequence) = try file.chunk(index) else { continue }
      let lines = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self).split(separator: "\n")
      copies.append((sequence, lines.compactMap { Self.mapping($0) }))
    }
    mappings = copies.sorted { $0.sequence > $1.sequence }.flatMap(\.mappings)
  }

  private static func mapping(_ line: Substring) -> Mapping? {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let bounds = parts[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
    guard bounds.count == 2, bounds[0] < bounds[1], let offset = UInt64(parts[1], radix: 16) else { return nil }
    return Mapping(range: bounds[0]..<bounds[1], offset: offset, path: String(parts[2]))
  }

  /// `/usr/lib/libc.so.6+0x9c2f0`: the file and the place in it, or the address where no file is known.
  public func name(of address: UInt64) -> String {
    guard let mapping = mappings.first(where: { $0.range.contains(address) }) else {
      return "0x\(String(address, radix: 16))"
    }
    let place = address - mapping.range.lowerBound + mapping.offset
    return "\(mapping.path.isEmpty ? "[anonymous]" : mapping.path)+0x\(String(place, radix: 16))"
  }
}
