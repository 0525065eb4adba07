// Results of measurements that nobody took, for tests of what follows from them.

@testable import QuarryBench

/// Quarry, its second measurement, glibc and mimalloc3.
let madeUpCandidates = [Candidate.subject, Candidate.again, Candidate.baseline, Candidate.strongest]

func madeUpResults(_ rows: [RowResult], commit: String = "1") -> Results {
  var results = Results(
    date: "2026-01-01T00:00:00Z", commit: commit, machine: .current(), loadBefore: 0, rounds: 1, options: [:],
    candidates: madeUpCandidates.map { Candidate(name: $0, library: nil, version: "") }, rows: rows,
    skippedCandidates: [], skippedRows: [])
  results.summary = Summary(of: results)
  results.verdict = Verdict(of: results).judgements
  return results
}

/// A row with one run of each candidate, in their order: its processor time in seconds, and its peak in MiB.
func madeUpRow(
  _ name: String, _ set: RowSet = .own, seconds: [Double], mebibytes: [Int] = [1, 1, 1, 1],
  readings: [[String: Reading]] = [[:], [:], [:], [:]], bars: [Bar] = []
) -> RowResult {
  var result = RowResult(Row(name: name, set: set, summary: "", command: [name], bars: bars))
  for (index, candidate) in madeUpCandidates.enumerated() {
    result.runs[candidate] = [
      Measurement(
        round: 0, user: seconds[index], system: 0, wall: seconds[index], peakKiB: mebibytes[index] * 1024,
        meanKiB: nil, lastKiB: nil, minorFaults: 0, majorFaults: 0, preemptions: 0, disturbance: 0,
        readings: readings[index], digest: "", failure: nil)
    ]
  }
  result.reckon()
  return result
}
