// What is concluded from measurements.

import Measuring
import Testing

@testable import QuarryBench

@Suite("Verdict")
struct VerdictTests {
  private func judgement(_ subject: String, _ results: Results) throws -> Judgement {
    try #require(results.verdict.first { $0.subject == subject }, "\(results.verdict.map(\.subject))")
  }

  @Test func theBestPeerOfEachRowCounts() throws {
    let results = madeUpResults([
      madeUpRow("a", seconds: [2, 2, 1, 4]), madeUpRow("b", seconds: [2, 2, 16, 8]),
    ])
    let toBest = try judgement("own, processor time to the best peer of each row", results)
    #expect(abs(toBest.value - (2.0 / 1 * 2 / 8).squareRoot()) < 1e-9)
    #expect(toBest.isMet)
    let toStrongest = try judgement("own, processor time to mimalloc3", results)
    #expect(abs(toStrongest.value - (2.0 / 4 * 2 / 8).squareRoot()) < 1e-9)
  }

  @Test func aRowAboveItsBarIsNamedWithItsPeer() throws {
    let results = madeUpResults([madeUpRow("a", seconds: [1.1, 1.1, 1, 2], mebibytes: [3, 3, 4, 2])])
    let time = try judgement("a, processor time to glibc", results)
    #expect(!time.isMet && time.most == 1.05)
    let memory = try judgement("a, peak memory to mimalloc3", results)
    #expect(!memory.isMet && memory.most == 1.15)
  }

  @Test func aRowWithinItsBarsGetsNoLine() {
    let results = madeUpResults([madeUpRow("a", seconds: [1.04, 1.04, 1, 2], mebibytes: [114, 114, 100, 100])])
    #expect(!results.verdict.contains { $0.subject.hasPrefix("a,") })
  }

  /// Quarry measured twice gave 1.1 and 1.0: what is a tenth too slow may be noise.
  @Test func aBarMayBeMissedByWhatTheSecondMeasurementDiffers() throws {
    let results = madeUpResults([madeUpRow("a", seconds: [1.1, 1.0, 1, 2])])
    #expect(try judgement("a, processor time to glibc", results).isMet)
  }

  @Test func probesCountInNoMean() {
    let results = madeUpResults([madeUpRow("p", .probes, seconds: [9, 9, 1, 1])])
    #expect(results.verdict.isEmpty)
    #expect(results.summary?.comparisons.isEmpty == true)
  }

  @Test func barsOfARowAreJudged() throws {
    let bars = [
      Bar(figure: "processor", most: 0.5, reference: "mimalloc3"), Bar(figure: "kept", most: 16),
      Bar(figure: "rate", most: 1, reference: "best"),
    ]
    func readings(_ kept: Double, _ rate: Double) -> [String: Reading] {
      ["kept": Reading(value: kept, unit: "MiB"), "rate": Reading(value: rate, unit: "M/s")]
    }
    let results = madeUpResults([
      madeUpRow(
        "p", .probes, seconds: [1, 1, 3, 3],
        readings: [readings(17, 5), readings(17, 5), readings(1, 4), readings(1, 3)], bars: bars)
    ])
    #expect(try judgement("p, processor time to mimalloc3", results).isMet)
    #expect(try !judgement("p, kept", results).isMet)
    // More is better, so glibc is the best peer.
    #expect(try judgement("p, rate to glibc", results).value == 1.25)
  }

  @Test func aCandidateThatFailedOnceHasNoFigure() {
    var row = madeUpRow("a", seconds: [1, 1, 1, 1])
    row.runs[Candidate.baseline]?[0].failure = "ended by signal 6"
    #expect(row.median(of: "processor", of: Candidate.baseline) == nil)
    #expect(row.median(of: "processor", of: Candidate.strongest) == 1)
  }
}

@Suite("Figures")
struct FigureTests {
  @Test func theMedianIsTheMiddle() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(median([]) == nil)
  }

  @Test func twiceAndHalfCancelOut() throws {
    #expect(abs(try #require(geometricMean([2, 0.5])) - 1) < 1e-12)
    #expect(geometricMean([1, 0]) == nil)
  }

  @Test func readingsAreFoundBetweenOtherLines() {
    let lines = ["warning: something", "reading p50 12.5 ns", "reading rate 3 M a second", "reading wrong x ns"]
    let text = (lines + ["reading short 1", ""]).joined(separator: "\n")
    let readings = Reading.all(in: text)
    #expect(readings.keys.sorted() == ["p50", "rate"])
    #expect(readings["p50"]?.value == 12.5 && readings["p50"]?.unit == "ns")
    #expect(readings["rate"]?.unit == "M a second")
  }

  @Test func patternsOfRows() {
    #expect(matches("bursts-1", pattern: "urst"))
    #expect(matches("bursts-1", pattern: "b*-1"))
    #expect(!matches("bursts-1", pattern: "b*-2"))
    #expect(!matches("bursts-1", pattern: "u*"))
  }
}
