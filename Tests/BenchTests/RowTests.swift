// The rows of our own programs beside what those programs say that they understand.

import TestSupport
import Testing

@testable import QuarryBench

@Suite("Rows")
struct RowTests {
  private static let executables = Library.packageRoot + "/.build/release"

  /// Parameters by workload, as `--list` prints them: a line `name: summary`, then indented lines `parameter=standard`.
  private func workloads() throws -> [String: Set<Substring>] {
    let outcome = try Command(Self.executables + "/quarry-workloads", ["--list"]).run()
    guard outcome.ending == .exit(0) else { throw Failure("quarry-workloads --list: \(outcome)") }
    var workloads: [String: Set<Substring>] = [:]
    var current = ""
    for line in outcome.outputLines {
      if let colon = line.firstIndex(of: ":"), !line.hasPrefix(" ") {
        current = String(line[..<colon])
        workloads[current] = []
      } else if let parameter = line.split(separator: "=").first {
        workloads[current]?.insert(parameter.drop { $0 == " " })
      }
    }
    return workloads
  }

  @Test(arguments: [false, true]) func everyRowIsUnderstood(quick: Bool) throws {
    let known = try workloads()
    let rows = ownRows(executables: Self.executables) + probeRows(executables: Self.executables, quick: quick)
    #expect(Set(rows.map(\.name)).count == rows.count, "two rows have one name")
    for row in rows {
      let parameters = try #require(known[row.command[1]], "\(row.name): no workload \(row.command[1])")
      for argument in row.command.dropFirst(2) {
        let name = argument.prefix { $0 != "=" }
        #expect(parameters.contains(name), "\(row.name): \(row.command[1]) has no parameter \(name)")
      }
    }
    #expect(Set(rows.map { $0.command[1] }) == Set(known.keys), "a workload that no row runs")
  }
}
