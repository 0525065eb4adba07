// The measurement itself: rounds over all rows, and in each row all candidates in turn.

import Foundation

struct Benchmark {
  var launcher: Launcher
  var rounds: Int
  /// Told what is going on.
  var report: (String) -> Void

  /// Above this share of a processor, others disturb a run.
  static let tolerableDisturbance = 0.10

  /// Sorts out candidates that cannot run here: a library that is missing, cannot be preloaded, or fails at
  /// once.
  func working(_ candidates: [Candidate]) throws -> (working: [Candidate], skipped: [SkippedRow]) {
    var working: [Candidate] = []
    var skipped: [SkippedRow] = []
    for candidate in candidates {
      if let reason = try obstacle(to: candidate) {
        skipped.append(SkippedRow(name: candidate.name, reason: reason))
      } else {
        working.append(candidate)
      }
    }
    return (working, skipped)
  }

  private func obstacle(to candidate: Candidate) throws -> String? {
    if let library = candidate.library, !FileManager.default.fileExists(atPath: library) {
      return "there is no \(library)"
    }
    if let library = candidate.library, try allocator(under: candidate) != library {
      return "\(library) does not provide malloc"
    }
    let trials = [
      ("replace", "quarry-workloads", ["operations=20000", "threads=2"]),
      ("containers", "quarry-workloads-cxx", ["operations=5000"]),
    ]
    for (workload, executable, parameters) in trials {
      let row = Row(
        name: workload, set: .own, summary: "",
        command: ["\(launcher.executables)/\(executable)", workload] + parameters)
      if let failure = try launcher.measure(row, under: candidate, round: 0).failure {
        return "\(workload) \(failure)"
      }
    }
    return nil
  }

  /// The file that malloc comes from in a program under `candidate`.
  private func allocator(under candidate: Candidate) throws -> String? {
    let answer = "\(launcher.scratch)/allocator"
    let command = ["\(launcher.executables)/quarry-workloads", "--allocator"]
    let environment = candidate.library.map { ["LD_PRELOAD": $0] } ?? [:]
    guard try RunningProcess(command, environment: environment, output: answer).wait() == 0 else {
      return nil
    }
    return try String(contentsOfFile: answer, encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  /// Measures rows under all candidates, as far as `results` lacks rounds of them, and has them kept after each row.
  func run(_ rows: [Row], into results: inout Results, keep: (Results) throws -> Void) throws {
    let candidates = results.candidates
    var expected = [String?](repeating: nil, count: rows.count)
    var rehearsed = [Bool](repeating: false, count: rows.count)
    let baseline = Candidate(name: Candidate.baseline, library: nil, version: "")
    let start = Date()
    for round in 0..<rounds {
      for (index, row) in rows.enumerated() {
        let place = try results.place(of: row)
        if results.rows[place].rounds > round { continue }
        if !rehearsed[index] {
          rehearsed[index] = true
          // Brings the program and its input into memory, and tells what its output must be.
          let rehearsal = try launcher.measure(row, under: baseline, round: -1)
          if let failure = rehearsal.failure { report("\(row.name): under glibc it \(failure)") }
          expected[index] = rehearsal.failure == nil ? rehearsal.digest : nil
        }
        var disturbed = 0
        for candidate in candidates.rotated(by: round + index) {
          var measurement = try launcher.measure(row, under: candidate, round: round)
          if measurement.failure == nil, let digest = expected[index], measurement.digest != digest {
            measurement.failure = "gave another result than under glibc"
          }
          if let failure = measurement.failure {
            report("\(row.name): under \(candidate.name) it \(failure)")
          }
          if measurement.disturbance > Self.tolerableDisturbance { disturbed += 1 }
          results.rows[place].runs[candidate.name, default: []].append(measurement)
        }
        results.rows[place].reckon()
        try keep(results)
        report(progress(round, index, rows, start, disturbed))
      }
    }
  }

  private func progress(_ round: Int, _ index: Int, _ rows: [Row], _ start: Date, _ disturbed: Int) -> String {
    let done = round * rows.count + index + 1
    let elapsed = Date().timeIntervalSince(start)
    let left = elapsed / Double(done) * Double(rounds * rows.count - done)
    let note = disturbed > 0 ? "; \(disturbed) runs disturbed by other processes" : ""
    return "round \(round + 1) of \(rounds), \(rows[index].name), \(Int(left / 60) + 1) min left\(note)"
  }
}

extension Array {
  /// The same elements in turn, beginning with another one.
  func rotated(by distance: Int) -> [Element] {
    guard !isEmpty else { return self }
    let first = distance % count
    return Array(self[first...] + self[..<first])
  }
}
