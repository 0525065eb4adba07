// One process of a run as charts, and as a section of the page.

import Inspection
import Measuring

extension ProcessReport {
  private typealias Kind = Fragmentation.Part.Kind

  /// Resident and live bytes over time, and what the resident ones hold.
  /// - Parameter end: how far time reaches, in seconds.
  func charts(until end: Double) -> [TimeChart] {
    func series(_ name: String, _ kind: String, _ bytes: (HeapMoment) -> Int) -> TimeChart.Series {
      TimeChart.Series(
        name: name, kind: kind, points: heap.map { MemoryMoment(seconds: $0.seconds, bytes: bytes($0)) }, gaps: gaps)
    }
    let first = TimeChart(
      "Memory over time", form: .lines, seconds: end,
      [
        TimeChart.Series(name: "process, resident", kind: "s11", points: resident, gaps: gaps),
        series("heap, resident", "s1") { $0.bytes }, series("heap, live", "s0") { $0.bytes(.live) },
      ])
    if heap.isEmpty { return [first] }
    let parts = Kind.allCases.enumerated().filter { kind in heap.contains { $0.bytes(kind.element) > 0 } }
    let second = TimeChart(
      "Where the heap's resident bytes are", form: .stack, seconds: end,
      parts.map { place, kind in series(kind.name, "s\(place)") { $0.bytes(kind) } })
    return [first, second]
  }

  /// - Parameter isMain: with the classes and the picture of the zone.
  func section(until end: Double, isMain: Bool) throws -> String {
    var parts: [String] = []
    if let trouble { parts.append("<p>Nothing is known about its heap: \(Markup.escaped(trouble)).</p>") }
    parts += charts(until: end).map(\.element)
    if let worst {
      let title = "The heap when it wasted most, after \(number(worst.seconds, 2)) s"
      if isMain {
        parts += ["<h2>\(title): classes by waste</h2>", Self.classes(worst.fragmentation)]
        if let zone {
          let page = Markup.escaped(try zone.html())
          parts += ["<h2>Its zone at that moment</h2>", "<iframe title=\"the zone\" srcdoc=\"\(page)\"></iframe>"]
        }
      }
      parts += ["<h2>\(title)</h2>", "<pre>\(Markup.escaped(worst.text))</pre>"]
    }
    if let last {
      let moment = last.isAtEnd ? "at the end" : "when last looked at"
      parts.append("<h2>The heap \(moment), after \(number(last.seconds, 2)) s</h2>")
      parts.append("<pre>\(Markup.escaped(last.text))</pre>")
    }
    return parts.joined(separator: "\n")
  }

  private static func classes(_ report: Fragmentation) -> String {
    let rows = report.caches.sorted { $0.waste > $1.waste }.prefix(20).map { row in
      let cells = [row.waste, row.resident, row.live, row.freeInSlabs, row.waiting, row.holes, row.neverUsed]
      let name = Markup.escaped(row.name)
      return "<tr data-cache=\"\(name)\"><th>\(name)</th>"
        + cells.map { "<td data-value=\"\($0)\">\(Size($0))</td>" }.joined() + "</tr>"
    }
    let titles = ["cache", "waste", "resident", "live", "free", "waiting", "holes", "unused"]
    return "<div class=\"scroll\"><table id=\"classes\"><tr>\(titles.map { "<th>\($0)</th>" }.joined())</tr>\n"
      + rows.joined(separator: "\n") + "</table></div>"
  }
}

extension Fragmentation.Part.Kind {
  /// Short enough for a legend.
  fileprivate var name: String {
    switch self {
    case .live: "live"
    case .rounding: "rounding"
    case .freeInSlabs: "free in slabs"
    case .waiting: "waiting"
    case .holes: "holes"
    case .neverUsed: "never used"
    case .keptPages: "kept pages"
    case .freePages: "free pages"
    case .reserve: "reserve"
    case .metadata: "metadata"
    case .unknown: "in between"
    }
  }
}
