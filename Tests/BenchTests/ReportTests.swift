// The forms in which results go out: a file to be continued, tables, a picture.

import Foundation
import FoundationXML
import TestSupport
import Measuring
import Testing

@testable import QuarryBench

@Suite("Reports")
struct ReportTests {
  @Test func aFileHoldsAllThatWasMeasured() throws {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    let results = madeUpResults([
      madeUpRow("a", seconds: [1, 2, 3, 4], readings: [["x": Reading(value: 1, unit: "ns")], [:], [:], [:]])
    ])
    try results.write(folder + "/results.json")
    var again = madeUpResults([])
    try again.takeOver(try #require(try Results.read(folder + "/results.json")))
    #expect(again.rows.map(\.name) == ["a"])
    #expect(again.rows[0].rounds == 1)
    #expect(again.rows[0].median(of: "processor", of: "mimalloc3") == 4)
    #expect(again.rows[0].median(of: "x", of: "quarry") == 1)
    #expect(try Results.read(folder + "/other.json") == nil)
  }

  @Test func whatIsNoResultIsNotContinued() throws {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    try Scratch.write("{}", to: folder + "/results.json")
    #expect(throws: BenchError.self) { try Results.read(folder + "/results.json") }
  }

  @Test func anotherCommitIsNotContinued() {
    var results = madeUpResults([], commit: "2")
    #expect(throws: BenchError.self) { try results.takeOver(madeUpResults([], commit: "1")) }
  }

  @Test func aRowWithAnotherCommandIsNotContinued() {
    var results = madeUpResults([madeUpRow("a", seconds: [1, 1, 1, 1])])
    #expect(throws: BenchError.self) {
      try results.place(of: Row(name: "a", set: .own, summary: "", command: ["a", "goal=1"]))
    }
  }

  @Test func rowsOfASetStayTogether() throws {
    var results = madeUpResults([])
    for (name, set) in [("a", RowSet.own), ("p", .probes), ("r", .programs), ("b", .own), ("q", .probes)] {
      _ = try results.place(of: Row(name: name, set: set, summary: "", command: [name]))
    }
    #expect(results.rows.map(\.name) == ["a", "b", "r", "p", "q"])
  }

  @Test func tablesShowTheRatioToTheBestPeer() {
    let text = TerminalReport(results: madeUpResults([madeUpRow("a", seconds: [3, 3, 2, 4])])).text()
    #expect(text.contains("a     3.000         3.000  2.000      4.000     1.50"))
  }

  /// Every row, and a mark of each candidate but the reference and the second Quarry, in both panels.
  @Test func thePictureIsWellFormedAndComplete() throws {
    let rows = [madeUpRow("first<row", seconds: [1, 1, 2, 3]), madeUpRow("p&q", .probes, seconds: [1, 1, 2, 3])]
    let text = Plot(results: madeUpResults(rows)).text()
    let parser = XMLParser(data: Data(text.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(text.contains(">first&lt;row</text>") && text.contains(">p&amp;q</text>"))
    let marks = text.components(separatedBy: "<title>quarry, ").count - 1
    #expect(marks == 2 * 3)  // two rows and one mean, twice
  }
}
