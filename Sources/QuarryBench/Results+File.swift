// Results as a JSON file, which a later call may continue.

import Foundation
import Measuring

extension Results {
  /// The results in a file; nil if there is no file yet.
  static func read(_ path: String) throws -> Results? {
    if !FileManager.default.fileExists(atPath: path) { return nil }
    do {
      return try JSONDecoder().decode(Results.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw BenchError("--continue: '\(path)' does not hold results of this version of the benchmark")
    }
  }

  /// Replaces the file as a whole, so that a call that is stopped leaves what was there.
  func write(_ path: String) throws {
    try JSON.text(self).write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Takes the rows of earlier results, if they were measured under the same conditions.
  mutating func takeOver(_ earlier: Results) throws {
    let conditions = [
      ("commit", earlier.commit, commit),
      ("processor", earlier.machine.processor, machine.processor),
      ("options", "\(earlier.options.sorted { $0.key < $1.key })", "\(options.sorted { $0.key < $1.key })"),
      ("peers", earlier.candidates.map(\.name).joined(separator: ","), candidates.map(\.name).joined(separator: ",")),
    ]
    for (what, before, now) in conditions where before != now {
      throw BenchError("--continue: the file was measured with \(what) '\(before)', and this would be '\(now)'")
    }
    rows = earlier.rows
  }

  /// Where a row's results are; a row that is not there yet is added.
  mutating func place(of row: Row) throws -> Int {
    if let place = rows.firstIndex(where: { $0.name == row.name }) {
      guard rows[place].command == row.command else {
        throw BenchError("--continue: the file's row '\(row.name)' has another command: it is from a --quick choice")
      }
      return place
    }
    // Behind its set, whichever set was measured first.
    let later = RowSet.allCases.drop { $0 != row.set }.dropFirst()
    let place = rows.firstIndex { later.contains($0.set) } ?? rows.count
    rows.insert(RowResult(row), at: place)
    return place
  }
}
