// The report of a run as charts, and as a page: the run as a whole, and then its processes, the largest one in full.

import Inspection
import Measuring

extension RunReport {
  /// Lines that one chart can tell apart.
  private static let lines = [1, 2, 4, 6, 7, 3]

  /// Memory over time, and what the heap of the largest process holds.
  public var charts: [TimeChart] {
    guard let main = processes.first else { return [overview] }
    return (processes.count > 1 ? [overview] : []) + main.charts(until: totals.seconds)
  }

  private var overview: TimeChart {
    let parts = zip(processes.filter { !$0.resident.isEmpty }, Self.lines).map { process, color in
      TimeChart.Series(name: process.shortName, kind: "s\(color)", points: process.resident, gaps: process.gaps)
    }
    let sum = TimeChart.Series(name: "all together", kind: "s11", points: resident, gaps: gaps)
    return TimeChart("Resident memory of all processes", form: .lines, seconds: totals.seconds, [sum] + parts)
  }

  public var svg: String { TimeChart.file(charts) }

  public func html() throws -> String {
    let name = command.joined(separator: " ")
    var parts = ["<h1>\(Markup.escaped(name))</h1>", totalsTable]
    if !gaps.isEmpty || processes.contains(where: { !$0.gaps.isEmpty }) {
      parts.append("<p>Curves break off where nobody looked: the machine was too busy.</p>")
    }
    if processes.count != 1 {
      parts += [overview.element, "<h2>Processes</h2>", processTable]
    }
    for (place, process) in processes.enumerated() where place == 0 || !process.resident.isEmpty {
      let section = try process.section(until: totals.seconds, isMain: place == 0)
      if processes.count == 1 {
        parts.append(section)
      } else {
        let title = "<summary><h2>\(Markup.escaped(process.name))</h2></summary>"
        parts.append("<details\(place == 0 ? " open" : "")>\(title)\n\(section)</details>")
      }
    }
    return Page(title: name, body: parts.joined(separator: "\n"), json: try json()).html
  }

  /// The totals. Each cell has its number as it is in the JSON.
  private var totalsTable: String {
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

  /// A row for each process.
  private var processTable: String {
    let rows = processes.map { process in
      let moment = process.mostWaste
      let bytes = [process.peakResident, moment?.bytes, moment?.bytes(.live)].map { bytes in
        bytes.map { "<td data-value=\"\($0)\">\(Size($0))</td>" } ?? "<td>-</td>"
      }
      let times = [process.start, process.end].map { "<td>\(number($0, 2)) s</td>" }
      return "<tr data-process=\"\(process.process)\"><th>\(Markup.escaped(process.name))</th>"
        + (times + bytes).joined() + "</tr>"
    }
    let titles = ["process", "from", "to", "peak resident", "heap when it wasted most", "live of it"]
    let head = "<tr>\(titles.map { "<th>\($0)</th>" }.joined())</tr>"
    let more = unlisted > 0 ? "<p>\(unlisted) more, all of them smaller</p>" : ""
    let table = "<table id=\"processes\">\(([head] + rows).joined(separator: "\n"))</table>"
    return "<div class=\"scroll\">\(table)</div>\(more)"
  }
}
