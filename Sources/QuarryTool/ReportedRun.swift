// ReportedRun: runs a command as a child, looks at it and all that it starts, and writes the reports when it has ended.

import Glibc
import Measuring
import Reports

struct ReportedRun {
  private let command: [String]
  private let files: [ReportFile]
  private let showsProgress: Bool

  init(_ command: [String], _ files: [ReportFile], isQuiet: Bool) {
    self.command = command
    self.files = files
    showsProgress = !isQuiet && isatty(STDERR_FILENO) == 1
  }

  /// - Returns: how it went, and what all had resident together.
  /// - Throws: `Failure` when the command cannot be run or a report cannot be written.
  func run(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws -> (Outcome, TreeMemory) {
    if files.isEmpty {
      var memory = TreeMemory(interval: 0.005)
      let outcome = try Supervisor.run(
        arguments,
        watch: { child, seconds in
          memory.look(at: child, after: seconds)
          return memory.pause
        })
      return (outcome, memory)
    }
    var watch = TreeWatch()
    var nextProgress = 0.5
    let outcome = try Supervisor.run(
      arguments, holding: .all,
      watch: { child, seconds in
        let pause = watch.look(at: child, after: seconds)
        if showsProgress, seconds >= nextProgress {
          Terminal.showProgress(watch.progress(after: seconds))
          nextProgress = seconds + 0.5
        }
        return pause
      }, lastLook: { watch.lastLook(at: $0, of: $1, after: $2) })
    if showsProgress, nextProgress > 0.5 { Terminal.showProgress("") }
    let (processes, unlisted) = watch.finish()
    let history = watch.memory.history
    let report = RunReport(
      command: command, totals: RunReport.Totals(outcome, watch.memory), resident: history.moments,
      gaps: Gap.all(
        among: history.moments.map(\.seconds), interval: history.interval, end: outcome.elapsed / .seconds(1)),
      processes: processes, unlisted: unlisted)
    for file in files {
      switch file.form {
      case .html: try file.write(report.html())
      case .svg: try file.write(report.svg)
      case .json: try file.write(report.json())
      case .gz: break  // no report has it
      }
    }
    return (outcome, watch.memory)
  }
}

extension RunReport.Totals {
  fileprivate init(_ outcome: Outcome, _ memory: TreeMemory) {
    var (status, signal): (Int?, Int?) = (nil, nil)
    switch outcome.ending {
    case .status(let number): status = Int(number)
    case .signal(let number): signal = Int(number)
    }
    let usage = outcome.usage
    self.init(
      status: status, signal: signal, seconds: outcome.elapsed / .seconds(1), userSeconds: usage.ru_utime.seconds,
      systemSeconds: usage.ru_stime.seconds, peakResident: max(memory.largest(outcome), memory.peak),
      minorFaults: usage.ru_minflt, majorFaults: usage.ru_majflt)
  }
}

extension timeval {
  var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
