// The text of `quarry leaks`.

import Measuring

extension Leaks {
  public var text: String {
    let head =
      blocks == 0
      ? "\(target): every one of \(liveBlocks) live blocks can be reached"
      : "\(target): \(blocks) of \(liveBlocks) live blocks cannot be reached, \(Size(bytes))"
    var lines = [head + (pause > 0 ? "; it was stopped for \(number(pause, 1)) ms" : "")]
    lines.append(exactness)
    if blocks > 0 {
      lines.append(
        Column.right("DIRECT", 9) + Column.right("INDIRECT", 10) + Column.right("BYTES", 12) + "  "
          + Column.left("CACHE", 14) + "FOR EXAMPLE")
    }
    for row in rows {
      lines.append(
        Column.right(row.direct, 9) + Column.right(row.indirect, 10) + Column.right(Size(row.bytes), 12) + "  "
          + Column.left(row.cache, 14) + row.examples.joined(separator: " "))
    }
    if !sites.isEmpty {
      let error = sitesError > 0 ? ": their bytes are known to ± \(Size(sitesError)) (95 %)" : ""
      lines.append("by call site, from the \(sites.reduce(0) { $0 + $1.samples }) of them that are samples\(error)")
      lines.append(Column.right("BLOCKS", 9) + Column.right("BYTES", 12) + "  FUNCTIONS")
    }
    for site in sites.prefix(20) {
      lines.append(
        Column.right(site.blocks, 9) + Column.right(Size(site.bytes), 12) + "  "
          + CallSiteTable.line(site.functions))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether the numbers of blocks are exact.
  private var exactness: String {
    let then =
      switch moment {
      case .stopped: "when it was stopped"
      case .coreFile: "when the core file was written"
      case .end: "when it ended"
      }
    let consequence = "free blocks of up to \(Size(bound)) that these had in their hands may count as live"
    switch (threadsAtWork, moment) {
    case (0, _): return "no thread was at work \(then): numbers of blocks are exact"
    case (let count?, _): return "threads that were at work \(then): \(count); \(consequence)"
    case (nil, .coreFile):
      return "the core file does not tell whether threads were at work when it was written; \(consequence)"
    case (nil, _): return "threads may have been at work \(then); \(consequence)"
    }
  }
}
