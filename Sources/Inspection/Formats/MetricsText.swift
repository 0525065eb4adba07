// MetricsText: snapshots as the text that Prometheus and its kin collect, in either of the two formats in use. They
// differ in the name of a counter's family.

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

  private enum Kind: String { case gauge, counter }

  /// What is told of one thing.
  private struct Family: Sendable {
    var name: String
    var kind: Kind
    var unit: String?
    var help: String
    /// Values with the labels that tell them apart.
    var values: @Sendable (Snapshot, Fragmentation) -> [([(String, String)], Int)]

    init(
      _ name: String, _ kind: Kind, unit: String? = nil, _ help: String,
      _ values: @escaping @Sendable (Snapshot, Fragmentation) -> [([(String, String)], Int)]
    ) {
      (self.name, self.kind, self.unit, self.help, self.values) = (name, kind, unit, help, values)
    }
  }

  private let format: Format
  /// By family, whose lines the formats want together. So nothing can be printed before the last process was read; but
  /// lines are much smaller than what was read of a process.
  private var lines = [String](repeating: "", count: families.count)

  public init(as format: Format) { self.format = format }

  /// Adds a process.
  /// - Precondition: the snapshot knows what pages of slabs hold, and residency.
  public mutating func add(process: Int32, command: String, _ snapshot: Snapshot) {
    let report = Fragmentation(snapshot)
    for (index, family) in Self.families.enumerated() {
      for (labels, value) in family.values(snapshot, report) {
        let labels = [("pid", "\(process)"), ("command", command)] + labels
        let text = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        lines[index] += "\(sampleName(family)){\(text)} \(value)\n"
      }
    }
  }

  /// The text for all that were added.
  public var text: String {
    zip(Self.families, lines).map { heading($0) + $1 }.joined() + (format == .openMetrics ? "# EOF\n" : "")
  }

  /// A counter's samples end in _total; in Prometheus's format its family is called like them.
  private func sampleName(_ family: Family) -> String { family.kind == .counter ? "\(family.name)_total" : family.name }

  private func heading(_ family: Family) -> String {
    let name = format == .openMetrics ? family.name : sampleName(family)
    let unit = format == .openMetrics ? family.unit.map { "# UNIT \(name) \($0)\n" } : nil
    return "# TYPE \(name) \(family.kind.rawValue)\n\(unit ?? "")# HELP \(name) \(family.help)\n"
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

  private static let families = [
    Family("quarry_resident_bytes", .gauge, unit: "bytes", "Resident bytes of the heap by what they hold.") {
      _, report in report.parts.map { ([("kind", $0.kind.rawValue)], $0.bytes) }
    },
    Family("quarry_opened_bytes", .gauge, unit: "bytes", "Bytes open to the heap, resident or not.") { _, report in
      [([], report.opened)]
    },
    Family("quarry_live_bytes", .gauge, unit: "bytes", "Bytes of live blocks, resident or not.") { _, report in
      [([], report.liveBlocks)]
    },
    Family("quarry_bound_bytes", .gauge, unit: "bytes", "By how much bytes may be off, when the process worked.") {
      _, report in [([], report.bound)]
    },
    Family("quarry_free_blocks", .gauge, "Free blocks of pages by order.") { _, report in
      report.indices.map { ([("order", "\($0.order)")], $0.freeBlocks) }
    },
    Family("quarry_cache_objects", .gauge, "Objects of each slab cache by state.") { snapshot, _ in
      snapshot.caches.filter(\.isInUse).flatMap { cache in
        [("live", cache.allLive), ("home", cache.home), ("waiting", cache.away)].map {
          ([("cache", cache.name), ("state", $0.0)], $0.1)
        }
      }
    },
    Family("quarry_cache_bytes", .gauge, unit: "bytes", "Bytes of the slabs of each cache.") { snapshot, _ in
      snapshot.caches.filter(\.isInUse).map { ([("cache", $0.name)], $0.bytes) }
    },
    Family("quarry_heaps", .gauge, "Heaps of threads by state.") { snapshot, _ in
      [HeapFigures.State.active, .idle].map { state in
        ([("state", state.rawValue)], snapshot.heaps.filter { $0.state == state }.count)
      }
    },
    Family("quarry_mapped_blocks", .gauge, "Blocks with mappings of their own.") { snapshot, _ in
      [([], snapshot.areas.count)]
    },
    Family("quarry_purged_pages", .counter, "Pages of 4 KiB that were given back to the system.") { snapshot, _ in
      [([], snapshot.zone.purgedPages)]
    },
    Family("quarry_zone_lock_acquisitions", .counter, "Times the zone's lock was taken.") { snapshot, _ in
      [([], Int(clamping: snapshot.zone.lockCount))]
    },
  ]
}
