// The tables on the terminal.

import Measuring

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes results as text, at most as wide as a terminal usually is.
struct TerminalReport {
  var results: Results

  func text() -> String {
    var parts = [heading()]
    parts.append(
      table(.processor, "Processor time in seconds: median of \(results.rounds)") { number($0, 3) })
    parts.append(
      table(.peak, "Peak resident memory in MiB: median of \(results.rounds)") { number($0 / 1024, 1) })
    parts.append(
      table(.mean, "Mean resident memory in MiB: median of \(results.rounds)") { number($0 / 1024, 1) })
    let settled = "Resident memory in MiB of programs that were left idle: median of \(results.rounds)"
    parts.append(table(.last, settled, where: \.settles) { number($0 / 1024, 1) })
    parts.append(readings())
    parts.append(failures())
    if let summary = results.summary {
      parts += Scope.compared.map { standings(summary, $0) }
      parts += Scope.compared.map { ratios(summary, $0) }
      parts.append(noise(summary))
      parts.append(verdict())
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func heading() -> String {
    let machine = results.machine
    let options = results.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    return options
      + [
        machine.processor, "\(machine.processors) processors", "\(machine.memoryMiB / 1024) GiB",
        "Linux \(machine.kernel)", machine.system, "huge pages: \(machine.hugePages)\n",
      ].joined(separator: ", ")
  }

  /// One row a line, one candidate a column; then Quarry against the best peer, and how far values scatter.
  private func table(
    _ quantity: Quantity, _ title: String, where isShown: (RowResult) -> Bool = { _ in true },
    _ format: (Double) -> String
  ) -> String {
    let rows = results.rows.filter(isShown)
    if rows.isEmpty { return "" }
    let names = results.candidates.map(\.name)
    var lines = [["row"] + names + (results.hasSubject ? ["to best"] : []) + ["spread"]]
    if results.hasSubject && names.contains(Candidate.again) { lines[0].append("A/A") }
    for row in rows {
      var line = [row.name]
      for name in names {
        line.append(
          row.median(quantity, of: name).map(format) ?? (row.failure(of: name) == nil ? "-" : "failed"))
      }
      if results.hasSubject {
        line.append(toBest(row, quantity.rawValue))
      }
      let spreads = names.compactMap { spread(row.values(quantity, of: $0)) }
      line.append(median(spreads).map(percent) ?? "-")
      if lines[0].last == "A/A" { line.append(row.noise(quantity).map(percent) ?? "-") }
      lines.append(line)
    }
    return title + "\n" + aligned(lines)
  }

  /// What programs told of their allocator, a line each.
  private func readings() -> String {
    let names = results.candidates.map(\.name)
    var lines = [["row", "reading", "in"] + names + ["to best", "A/A"]]
    for row in results.rows {
      for (name, unit) in row.readings {
        let medians = names.map { row.median(of: name, of: $0) }
        let cells = medians.map { $0.map { number($0, 1) } ?? "-" }
        lines.append([row.name, name, unit] + cells + [toBest(row, name), row.noise(of: name).map(percent) ?? "-"])
      }
    }
    guard lines.count > 1 else { return "" }
    return "What programs told: median of \(results.rounds); more is better where it counts by the second\n"
      + aligned(lines)
  }

  private func verdict() -> String {
    guard !results.verdict.isEmpty else { return "" }
    let lines = results.verdict.map { judgement in
      let noise = judgement.allowance.map { ", A/A \(percent($0))" } ?? ""
      return [
        judgement.subject, number(judgement.value, 3), "at most \(number(judgement.most, 2))\(noise)",
        judgement.isMet ? "met" : "MISSED",
      ]
    }
    let missed = results.verdict.filter { !$0.isMet }.count
    return "Verdict: \(lines.count - missed) of \(lines.count) met\n" + aligned(lines)
  }

  private func toBest(_ row: RowResult, _ figure: String) -> String {
    guard let own = row.median(of: figure, of: Candidate.subject), let best = results.bestPeer(of: row, figure),
      best.value > 0
    else { return "-" }
    return number(own / best.value, 2)
  }

  private func failures() -> String {
    var lines: [String] = []
    for row in results.rows {
      for candidate in results.candidates {
        if let failure = row.failure(of: candidate.name) {
          lines.append("\(row.name): \(candidate.name) \(failure)")
        }
      }
    }
    for skipped in results.skippedCandidates {
      lines.append("\(skipped.name) not measured: \(skipped.reason)")
    }
    for skipped in results.skippedRows { lines.append("\(skipped.name) not measured: \(skipped.reason)") }
    let disturbed = results.rows.flatMap { $0.runs.values.joined() }
      .filter { $0.disturbance > Benchmark.tolerableDisturbance }.count
    if disturbed > 0 { lines.append("\(disturbed) runs while other processes used the processors") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Everybody against the best peer of each row.
  private func standings(_ summary: Summary, _ scope: Scope) -> String {
    var lines = [["", "time", "wall", "peak", "mean"]]
    for candidate in results.candidates.map(\.name) {
      var line = [candidate]
      for quantity in Summary.quantities {
        let found = summary.ratio(scope, quantity, of: candidate, to: Summary.best)
        line.append(found.map { number($0.ratio, 3) } ?? "-")
      }
      lines.append(line)
    }
    guard lines.dropFirst().contains(where: { $0[1] != "-" }) else { return "" }
    return "Ratio to the best peer of each row, geometric mean, \(rowCount(scope))\n" + aligned(lines)
  }

  /// Quarry against each peer.
  private func ratios(_ summary: Summary, _ scope: Scope) -> String {
    var lines = [["quarry to", "time", "better in", "wall", "peak", "better in", "mean"]]
    for peer in results.peers {
      func found(_ quantity: Quantity) -> Comparison? {
        summary.ratio(scope, quantity, of: Candidate.subject, to: peer)
      }
      guard let time = found(.processor), let peak = found(.peak) else { continue }
      lines.append([
        peer, number(time.ratio, 3), "\(time.better) of \(time.rows)",
        found(.wall).map { number($0.ratio, 3) } ?? "-",
        number(peak.ratio, 3), "\(peak.better) of \(peak.rows)",
        found(.mean).map { number($0.ratio, 3) } ?? "-",
      ])
    }
    guard lines.count > 1 else { return "" }
    return "Quarry to each peer, geometric mean, \(rowCount(scope))\n" + aligned(lines)
  }

  private func noise(_ summary: Summary) -> String {
    summary.noise.filter { $0.quantity != .mean }.map {
      "Quarry to itself, \($0.scope.rawValue), \($0.quantity.title): "
        + "\(percent($0.mean)) on average, \(percent($0.most)) at most\n"
    }.joined()
  }

  private func rowCount(_ scope: Scope) -> String {
    let count = results.rows.filter(scope.contains).count
    switch scope {
    case .own: return "our own programs (\(count) rows)"
    case .programs: return "real programs (\(count) rows)"
    case .probes: return "probes (\(count) rows)"
    case .all: return "all \(count) rows"
    }
  }

  private func percent(_ part: Double) -> String { number(part * 100, 1) + " %" }
}

/// Columns side by side: the first to the left, the others to the right.
private func aligned(_ lines: [[String]]) -> String {
  let columns = lines.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return lines.map { line in
    line.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : space + cell
    }.joined(separator: "  ") + "\n"
  }.joined()
}
