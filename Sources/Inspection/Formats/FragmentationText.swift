// The text of `quarry fragmentation`: the headline, the parts, the three largest causes in plain words, and the tables.

import Measuring

extension Fragmentation {
  public var text: String {
    let word = isResident ? "resident" : "opened"
    var lines = [
      "\(target): \(Size(bytes)) \(word), \(Size(bytes(.live))) of them asked for by live blocks: ratio \(Ratio(ratio))"
    ]
    if !isResident { lines.append("A core file does not say what was resident: these are the opened bytes.") }
    if bound > 0 { lines.append("The process was at work meanwhile: parts are exact to \(Size(bound)).") }
    lines.append("")
    lines.append("where the \(word) bytes are")
    for part in parts where part.bytes > 0 || isAlwaysShown(part.kind) {
      lines.append(Self.row(part.kind.title, part.bytes, of: bytes))
    }
    lines.append(Self.row("sum", bytes, of: bytes))
    lines.append("  live blocks, resident or not, are \(Size(liveBlocks)); \(roundingWords)")
    if swapped > 0 { lines.append("  swapped out: \(Size(swapped))") }
    lines.append("")
    lines += causeLines + [""] + cacheLines + [""] + orderLines
    return lines.joined(separator: "\n") + "\n"
  }

  private var roundingWords: String {
    guard let rounding else { return "rounding to classes and pages is at most \(Size(roundingAtMost)) of that" }
    return "rounding of malloc's blocks is known to ± \(Size(rounding.error)) (95 %, \(rounding.samples) samples)"
  }

  private func isAlwaysShown(_ kind: Part.Kind) -> Bool {
    switch kind {
    case .unknown, .reserve: false
    case .rounding: rounding != nil
    default: true
    }
  }

  private static func row(_ name: String, _ bytes: Int, of sum: Int) -> String {
    let share = sum == 0 ? 0 : Double(bytes) / Double(sum) * 100
    return "  \(Column.left(name, 35)) \(Column.right(Size(bytes), 12)) \(Column.right(number(share, 1), 6)) %"
  }

  private var causeLines: [String] {
    let causes = self.causes.prefix(3)
    if causes.isEmpty { return ["nothing is wasted"] }
    return ["largest causes"] + causes.enumerated().map { "  \($0.offset + 1). \($0.element)" }
  }

  private var cacheLines: [String] {
    let rows = caches.sorted { $0.waste > $1.waste }.prefix(10)
    if rows.isEmpty { return [] }
    let titles = ["resident", "live", "free", "waiting", "holes", "unused"]
    return ["caches by waste"]
      + ["  " + Column.left("cache", 14) + titles.map { Column.right($0, 12) }.joined()]
      + rows.map { row in
        let cells = [row.resident, row.live, row.freeInSlabs, row.waiting, row.holes, row.neverUsed]
        return "  " + Column.left(row.name, 14) + cells.map { Column.right(Size($0), 12) }.joined()
      }
  }

  private var orderLines: [String] {
    ["free blocks by order"]
      + ["  order      blocks      \(isResident ? "resident" : "  opened")    unusable  fragmentation index"]
      + indices.filter { $0.order < 11 || $0.freeBlocks > 0 }.map { index in
        "  \(Column.right(index.order, 5)) \(Column.right(index.freeBlocks, 11)) "
          + "\(Column.right(Size(freeByOrder[index.order]), 13)) \(Column.right(number(index.unusable, 3), 11)) "
          + Column.right(number(index.fragmentation, 3), 20)
      }
  }
}

extension Fragmentation.Part.Kind {
  /// What people call it.
  public var title: String {
    switch self {
    case .live: "live blocks"
    case .rounding: "rounding to classes and pages"
    case .freeInSlabs: "free in partly used slabs"
    case .waiting: "waiting in lists, sheaves, inboxes"
    case .holes: "pages of slabs without live objects"
    case .neverUsed: "parts of slabs never handed out"
    case .keptPages: "pages kept for the next requests"
    case .freePages: "free pages"
    case .reserve: "atomic reserve"
    case .metadata: "Quarry's code and records"
    case .unknown: "between two owners"
    }
  }
}
