// MetricsText: snapshots as the text that Prometheus and its kin collect, in either of the two formats in use, which differ
// in how the family of a counter is called.

public struct MetricsText {
  public enum Format: String, CaseIterable, Sendable {
    /// The OpenMetrics specification, version 1.0.
    case openMetrics = "openmetrics"
    /// Prometheus's own text format, version 0.0.4, which is what `promtool check metrics` reads.
    case prometheus

    public var contentType: String {
      switch self {
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      }
    }
  }

  /// A process with what was read of it.
  public struct Sample {
    public var process: Int32
    public var command: String
    public var snapshot: Snapshot

    public init(process: Int32, command: String, snapshot: Snapshot) {
      self.process = process
      self.command = command
      self.snapshot = snapshot
    }
  }

  private enum Kind: String { case gauge, counter }

  private let format: Format
  private var lines: [String] = []
  private let samples: [(labels: [(String, String)], snapshot: Snapshot, report: Fragmentation)]

  /// The text for some processes.
  /// - Precondition: the snapshots know what pages of slabs hold, and residency.
  public static func text(_ samples: [Sample], as format: Format) -> String {
    var text = MetricsText(samples, format)
    text.write()
    if format == .openMetrics { text.lines.append("# EOF") }
    return text.lines.map { $0 + "\n" }.joined()
  }

  private init(_ samples: [Sample], _ format: Format) {
    self.format = format
    self.samples = samples.map { sample in
      ([("pid", "\(sample.process)"), ("command", sample.command)], sample.snapshot, Fragmentation(sample.snapshot))
    }
  }

  private mutating func write() {
    family("quarry_resident_bytes", .gauge, unit: "bytes", "Resident bytes of the heap by what they hold.") {
      _, report in report.parts.map { ([("kind", $0.kind.rawValue)], $0.bytes) }
    }
    family("quarry_opened_bytes", .gauge, unit: "bytes", "Bytes open to the heap, resident or not.") { _, report in
      [([], report.opened)]
    }
    family("quarry_live_bytes", .gauge, unit: "bytes", "Bytes of live blocks, resident or not.") { _, report in
      [([], report.liveBlocks)]
    }
    family("quarry_bound_bytes", .gauge, unit: "bytes", "By how much bytes may be off, when the process worked.") {
      _, report in [([], report.bound)]
    }
    family("quarry_free_blocks", .gauge, "Free blocks of pages by order.") { _, report in
      report.indices.map { ([("order", "\($0.order)")], $0.freeBlocks) }
    }
    family("quarry_cache_objects", .gauge, "Objects of each slab cache by state.") { snapshot, _ in
      snapshot.caches.filter(\.isInUse).flatMap { cache in
        [("live", cache.allLive), ("home", cache.home), ("waiting", cache.away)].map {
          ([("cache", cache.name), ("state", $0.0)], $0.1)
        }
      }
    }
    family("quarry_cache_bytes", .gauge, unit: "bytes", "Bytes of the slabs of each cache.") { snapshot, _ in
      snapshot.caches.filter(\.isInUse).map { ([("cache", $0.name)], $0.bytes) }
    }
    family("quarry_heaps", .gauge, "Heaps of threads by state.") { snapshot, _ in
      [HeapFigures.State.active, .idle].map { state in
        ([("state", state.rawValue)], snapshot.heaps.filter { $0.state == state }.count)
      }
    }
    family("quarry_mapped_blocks", .gauge, "Blocks with mappings of their own.") { snapshot, _ in
      [([], snapshot.areas.count)]
    }
    family("quarry_purged_pages", .counter, "Pages of 4 KiB that were given back to the system.") { snapshot, _ in
      [([], snapshot.zone.purgedPages)]
    }
    family("quarry_zone_lock_acquisitions", .counter, "Times the zone's lock was taken.") { snapshot, _ in
      [([], Int(clamping: snapshot.zone.lockCount))]
    }
  }

  private mutating func family(
    _ name: String, _ kind: Kind, unit: String? = nil, _ help: String,
    _ values: (Snapshot, Fragmentation) -> [([(String, String)], Int)]
  ) {
    // A counter's samples end in _total; in Prometheus's format its family is called like them.
    let sampleName = kind == .counter ? "\(name)_total" : name
    let familyName = format == .openMetrics ? name : sampleName
    lines.append("# TYPE \(familyName) \(kind.rawValue)")
    if let unit, format == .openMetrics { lines.append("# UNIT \(familyName) \(unit)") }
    lines.append("# HELP \(familyName) \(help)")
    for sample in samples {
      for (labels, value) in values(sample.snapshot, sample.report) {
        let all = (sample.labels + labels).map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        lines.append("\(sampleName){\(all)} \(value)")
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
