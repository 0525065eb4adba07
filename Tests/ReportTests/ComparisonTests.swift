// Comparisons and reports made of known numbers.

import Foundation
import TestSupport
import Testing

@testable import Inspection
@testable import Measuring
@testable import Reports

@Suite("Comparisons and reports")
struct ComparisonTests {
  private func run(_ seconds: Double, peak: Int, failure: String? = nil) -> Comparison.Run {
    Comparison.Run(
      seconds: seconds, processorSeconds: 0, peak: peak, mean: nil, last: peak, faults: 10, failure: failure)
  }

  private func comparison() -> Comparison {
    var (quarry, glibc) = (
      Comparison.Allocator(name: "quarry", library: "/q.so"), Comparison.Allocator(name: "glibc", library: nil)
    )
    quarry.runs = [run(1, peak: 1 << 20), run(2, peak: 1 << 20), run(9, peak: 1, failure: "ended with status 3")]
    glibc.runs = [run(3, peak: 4 << 20), run(3, peak: 4 << 20), run(3, peak: 4 << 20)]
    quarry.curve = [MemoryMoment(seconds: 0, bytes: 0), MemoryMoment(seconds: 1, bytes: 1 << 20)]
    return Comparison(command: ["a<b", "&"], load: nil, allocators: [quarry, glibc])
  }

  @Test func failedRunsDoNotCount() throws {
    let comparison = comparison()
    let time = try #require(Cell(.time, comparison.allocators[0], reference: comparison.reference))
    #expect(time.median == 1.5 && time.ratio == 0.5)
    let spread: Double = 1 / 1.5
    #expect(time.spread == spread)
    #expect(comparison.failures == ["round 3 under quarry: ended with status 3"])
  }

  @Test func textHasMediansAndRatios() {
    let lines = comparison().text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines[0] == "a<b &: 3 rounds, medians; ratios to glibc, ± half of the spread")
    #expect(lines[1] == "time processor peak mean final faults")
    #expect(lines[2] == "quarry 1.500 s 0.000 s 1.00 MiB - 1.00 MiB 10")
    #expect(lines[3].hasPrefix("x0.50 ±33 %") && lines[3].contains("x0.25 ±0 %"))
    #expect(lines.last == "failed: round 3 under quarry: ended with status 3")
  }

  @Test func runsThatWereHardlyLookedAtAreNamed() {
    var comparison = comparison()
    comparison.allocators[0].runs[0].unseen = 0.04
    #expect(comparison.doubts.isEmpty)
    comparison.allocators[0].runs[0].unseen = 0.5
    #expect(comparison.doubts.count == 1 && comparison.text.contains("\nnote: nobody looked for 0.50 of 1.00 s"))
    // Of a server, before its load as well; of a run that failed, nothing is told that could be off.
    comparison.allocators[0].runs[0].life = 8
    #expect(comparison.doubts.first?.hasPrefix("nobody looked for 0.50 of 8.00 s in round 1") == true)
    comparison.allocators[0].runs[0].failure = "ended with status 3"
    #expect(comparison.doubts.isEmpty)
  }

  @Test func withoutGlibcTheFirstIsTheReference() {
    var comparison = comparison()
    comparison.allocators.removeLast()
    #expect(comparison.reference.name == "quarry")
  }

  @Test func pagesAreWellFormedAndNothingInThemIsMarkup() throws {
    let page = try comparison().html()
    #expect(page.contains("<h1>a&lt;b &amp;</h1>") && page.contains("a\\u003cb"))
    #expect(!page.contains("http://") || !page.contains("src=\"http"))
    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--html", "--noout", "-"])
    reader.input = page
    #expect(try reader.run().ending == .exit(0))
  }

  /// A report of a program whose heap could not be read has its other half.
  @Test func reportsWithoutAHeapSayWhy() throws {
    let totals = RunReport.Totals(
      status: 0, signal: nil, seconds: 1, userSeconds: 0.5, systemSeconds: 0.25, peakResident: 4096, minorFaults: 1,
      majorFaults: 0)
    let process = ProcessReport(
      process: 7, command: "x", start: 0, end: 1, peakResident: 4096, mostWaste: nil, trouble: "it has <none>",
      resident: [], gaps: [], heap: [], worst: nil, last: nil, zone: nil)
    let report = RunReport(
      command: ["x"], totals: totals, resident: [MemoryMoment(seconds: 0.5, bytes: 4096)], gaps: [],
      processes: [process])
    #expect(try report.html().contains("Nothing is known about its heap: it has &lt;none&gt;."))
    #expect(report.charts.count == 1)
    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "-"])
    reader.input = report.svg
    #expect(try reader.run().ending == .exit(0))
    let object = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
    #expect((object?["totals"] as? [String: Any])?["peakResident"] as? Int == 4096)
  }

  /// Ticks begin at zero, are few, and reach to the last one before the end.
  @Test(arguments: [1e-3, 0.5, 0.99, 1, 1.1, 3, 7, 59, 60, 61, 73.4, 999, 123_456])
  func ticksAreRoundAndFew(_ most: Double) {
    let scale = Scale(most: most, from: 0, to: 100)
    let ticks = scale.ticks
    #expect(ticks.first == 0 && ticks.count >= 2 && ticks.count <= 8, "\(ticks)")
    #expect(scale.most >= most && scale.most < most + scale.step * 1.001)
    #expect(scale.place(0) == 0 && scale.place(scale.most) == 100)
    #expect(Set(ticks.map(scale.label)).count == ticks.count)
  }

  @Test func nothingAtAllStillHasAScale() {
    #expect(Scale(most: 0, from: 0, to: 1).ticks.count >= 2)
  }
}
