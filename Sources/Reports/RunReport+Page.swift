// The report of a run as charts, and as a page.

import Inspection
import Measuring

extension RunReport {
  private typealias Kind = Fragmentation.Part.Kind

  /// Resident and live bytes over time, and what the resident ones hold.
  public var charts: [TimeChart] {
    func series(_ name: String, _ kind: String, _ bytes: (HeapMoment) -> Int) -> TimeChart.Series {
      TimeChart.Series(
        name: name, kind: kind, points: heap.map { MemoryMoment(seconds: $0.seconds, bytes: bytes($0)) }, gaps: gaps)
    }
    let first = TimeChart(
      "Memory over time", form: .lines, seconds: totals.seconds,
      [
        TimeChart.Series(name: "process, resident", kind: "s11", points: resident, gaps: gaps),
        series("heap, resident", "s1") { $0.bytes }, series("heap, live", "s0") { $0.bytes(.live) },
      ])
    if heap.isEmpty { return [first] }
    let parts = Kind.allCases.enumerated().filter { kind in heap.contains { $0.bytes(kind.element) > 0 } }
    let second = TimeChart(
      "Where the heap's resident bytes are", form: .stack, seconds: totals.seconds,
      parts.map { place, kind in series(kind.name, "s\(place)") { $0.bytes(kind) } })
    return [first, second]
  }

  public var svg: String { TimeChart.file(charts) }

  public func html() throws -> String {
    let name = command.joined(separator: " ")
    var parts = ["<h1>\(Markup.escaped(name))</h1>", table]
    if let trouble { parts.append("<p>Nothing is known about its heap: \(Markup.escaped(trouble)).</p>") }
    parts += charts.map(\.element)
    if let worst {
      let title = "The heap when it wasted most, after \(number(worst.seconds, 2)) s"
      parts += ["<h2>\(title): classes by waste</h2>", Self.classes(worst.fragmentation)]
      if let zone {
        let page = Markup.escaped(zone.html)
        parts += ["<h2>Its zone at that moment</h2>", "<iframe title=\"the zone\" srcdoc=\"\(page)\"></iframe>"]
      }
      parts += ["<h2>\(title)</h2>", "<pre>\(Markup.escaped(worst.text))</pre>"]
    }
    if let last {
      let moment = last.isAtEnd ? "at the end" : "when last looked at"
      parts.append("<h2>The heap \(moment), after \(number(last.seconds, 2)) s</h2>")
      parts.append("<pre>\(Markup.escaped(last.text))</pre>")
    }
    return Page(title: name, body: parts.joined(separator: "\n"), json: try json()).html
  }

  /// The totals. Each cell has its number as it is in the JSON.
  private var table: String {
    var rows = [
      Self.row("seconds", "time", totals.seconds, "\(number(totals.seconds, 3)) s"),
      Self.row("userSeconds", "user", totals.userSeconds, "\(number(totals.userSeconds, 3)) s"),
      Self.row("systemSeconds", "system", totals.systemSeconds, "\(number(totals.systemSeconds, 3)) s"),
      Self.row("peakResident", "peak resident", totals.peakResident, "\(Size(totals.peakResident))"),
      Self.row("minorFaults", "minor faults", totals.minorFaults, "\(totals.minorFaults)"),
      Self.row("majorFaults", "major faults", totals.majorFaults, "\(totals.majorFaults)"),
    ]
    if let status = totals.status { rows.insert(Self.row("status", "exit status", status, "\(status)"), at: 0) }
    if let signal = totals.signal { rows.insert(Self.row("signal", "ended by signal", signal, "\(signal)"), at: 0) }
    return "<table id=\"totals\">\(rows.joined())</table>"
  }

  private static func row(_ key: String, _ name: String, _ value: some CustomStringConvertible, _ text: String)
    -> String
  {
    "<tr><th>\(name)</th><td data-key=\"\(key)\" data-value=\"\(value)\">\(text)</td></tr>\n"
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
