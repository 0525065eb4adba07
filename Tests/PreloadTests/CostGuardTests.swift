// The guard against slower paths: what a dozen fixed runs (Programs/Costs/runs.cc) execute in the library, beside the
// figures of Programs/Costs/costs.json, which `scripts/test --store-costs` writes.

import Foundation
import TestSupport
import Testing

@Suite("Cost guard")
struct CostGuardTests {
  /// Above the stored figure by more, a run fails; below it by more, the figure can be lowered. The instructions are for
  /// the start, where another version of the C library may allocate a few times more.
  private static let tolerance = (part: 0.02, instructions: 1000.0)

  @Test func runsCostNoMoreThanBefore() throws {
    let program = try Self.compiled()
    let names = try Command(program).run().outputLines
    try #require(!names.isEmpty)
    var measured: [String: Int] = [:]
    for name in names { measured[name] = try Callgrind.costs(of: program, [name]).values.reduce(0, +) }

    var stored = try StoredCosts.read()
    let toolchain = try StoredCosts.toolchain()
    if let store = getenv("QUARRY_STORE_COSTS"), store.pointee != 0 {
      stored.figures[toolchain] = measured
      try stored.write()
      return print("\(measured.count) instruction counts of \(toolchain) are stored in \(StoredCosts.path)")
    }
    guard let figures = stored.figures[toolchain] else {
      let known = stored.figures.keys.sorted().joined(separator: ", ")
      Issue.record(
        "no instruction counts are kept for \(toolchain), only for \(known); \(Self.advice)", severity: .warning)
      return
    }
    for name in names { compare(name, measured[name, default: 0], with: figures[name]) }
    for name in figures.keys where measured[name] == nil {
      Issue.record("a figure is kept for `\(name)`, which is no run any more; \(Self.advice)")
    }
  }

  /// The same number of pairs with few and with many blocks live, freed in one random order.
  @Test func aPairCostsTheSameHoweverManyBlocksAreLive() throws {
    let program = try Self.compiled()
    let start = try Callgrind.costs(of: program, ["start"]).values.reduce(0, +)
    let costs = try [1000, 100_000, 10_000_000].map { count in
      let pairs = max(count, 500_000)
      let all = try Callgrind.costs(of: program, ["live", String(count), String(pairs)]).values.reduce(0, +)
      return Double(all - start) / Double(pairs)
    }
    let (least, most) = (costs.min() ?? 0, costs.max() ?? 0)
    withKnownIssue("while few blocks are live, lists serve more of the pairs") {
      #expect(most <= 1.03 * least, "instructions per pair: \(costs)")
    }
  }

  private func compare(_ name: String, _ measured: Int, with stored: Int?) {
    guard let stored else {
      Issue.record("no figure is kept for `\(name)`; \(Self.advice)")
      return
    }
    let change = Double(measured - stored)
    let tolerated = max(Self.tolerance.part * Double(stored), Self.tolerance.instructions)
    let line =
      "`\(name)`: \(stored) instructions are stored, \(measured) were measured, "
      + String(format: "%+.1f %%", 100 * change / Double(stored))
    if change > tolerated {
      Issue.record("\(line); if this commit has a reason for it, \(Self.advice), and say the reason")
    } else if change < -tolerated {
      Issue.record("\(line); to keep what was gained, \(Self.advice)", severity: .warning)
    }
  }

  private static let advice = "store new figures with `scripts/test --store-costs`"

  private static func compiled() throws -> String {
    // Exported names, so that the library finds the program's clock.
    try Tools.compile(Program.root + "Costs/runs.cc", flags: ["-rdynamic"])
  }
}

/// The figures that are kept: instructions by run, by toolchain, since each compiler makes other code.
private struct StoredCosts {
  var figures: [String: [String: Int]]

  static let path = Program.root + "Costs/costs.json"

  static func read() throws -> StoredCosts {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      return StoredCosts(figures: try JSONDecoder().decode([String: [String: Int]].self, from: data))
    } catch { throw Failure("\(path) cannot be read: \(error)") }
  }

  func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (encoder.encode(figures) + Data("\n".utf8)).write(to: URL(fileURLWithPath: Self.path))
  }

  /// The compiler's own name and the processor: `swift-6.3.1-RELEASE, x86_64`.
  static func toolchain() throws -> String {
    let outcome = try Command(Tools.find("swift", package: "the toolchain of swift.org"), ["--version"]).run()
    let words = outcome.output.split { $0.isNewline || " ()".contains($0) }
    guard let target = words.firstIndex(of: "Target:"), target > 0, target + 1 < words.count else {
      throw Failure("swift --version: \(outcome)")
    }
    return "\(words[target - 1]), \(words[target + 1].prefix { $0 != "-" })"
  }
}
