// ProfileWriter: takes profiles of a process, a core file, or a command, once or again and again.

import Glibc
import Inspection

final class ProfileWriter {
  private let output: ProfileOutput
  private let schedule: ProfileSchedule
  private let earlier: Profile?
  /// The last profile's, or the only one's; made at once, so that a place that cannot be written is refused before
  /// anything is run.
  private let file: ReportFile?
  /// This tool's exit status when a file cannot be written: 1 may be a command's.
  private let status: Int32
  /// Profiles written meanwhile.
  private var count = 0

  init(_ output: ProfileOutput, _ schedule: ProfileSchedule, _ earlier: Profile?, isOfCommand: Bool) throws {
    self.output = output
    self.schedule = schedule
    self.earlier = earlier
    let status = isOfCommand ? Failure.Status.library : 1
    self.status = status
    file = try output.path.map { try ReportFile($0, only: .gz, status: status) }
  }

  // MARK: Processes and core files

  /// Profiles a process once, or by the schedule for as long as it runs.
  func profile(_ source: any MemorySource) throws {
    if schedule.isEmpty { return try show(take(source), of: source.name, in: file) }
    guard source.process != nil else {
      throw Failure.inspection("\(source.name) does not change: --interval and --signal are for processes")
    }
    // What is wrong with the process is told now rather than later.
    _ = try take(source)
    let endings = [SIGINT, SIGTERM, SIGHUP]
    var signals = sigset_t(endings + [schedule.signal].compactMap { $0 })
    sigprocmask(SIG_BLOCK, &signals, nil)
    var next = ContinuousClock.now + .seconds(schedule.interval ?? 0)
    while (try? source.mappings()) != nil {
      switch schedule.wait(for: signals, &next, atMost: 1) {
      case .due: try source.process.map { try writeNumbered([$0]) }
      case .other(let signal):
        Ending.signal(signal).repeatHere()
      case .nothing: break
      }
    }
    printToStandardError("quarry: \(source.name) ended; profiles written: \(count)\n")
  }

  // MARK: Commands

  /// Runs a command, and profiles it and all that it starts: by the schedule those that run, and in the end each as it was
  /// when it ended.
  /// - Returns: how it ended.
  func profile(_ command: [String]) throws -> Ending {
    let environment = try RunEnvironment()
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var arguments = words
    var tree = ProcessTree()
    var ended = ProfileSum()
    // The command goes on when a profile could not be written, and it is told in the end.
    var failure: Failure?
    var next = schedule.interval ?? 0
    func writeNow(_ child: pid_t) {
      tree.update(from: child)
      do {
        try writeNumbered(tree.members.map(\.number))
      } catch {
        failure = failure ?? Failure(error)
      }
    }
    let outcome = try Supervisor.run(
      &arguments, in: .init(variables: environment.variables),
      own: schedule.signal.map { .init(signal: $0, action: writeNow) }, holding: .all, mustHold: schedule.isEmpty,
      watch: schedule.interval.map { interval in
        { child, seconds in
          if seconds >= next {
            writeNow(child)
            next = seconds + interval
          }
          return max(0, next - seconds)
        }
      },
      lastLook: { process, child, _ in
        func isThere() -> Bool { process == child || tree.members.contains { $0.number == process } }
        if !isThere() { tree.update(from: child) }
        // One that is not there by now never was a program of its own.
        if isThere() { ended.add(process) }
      })
    if let failure { throw failure }
    guard let profile = ended.profile else {
      let killed = "'\(command[0])' was killed before its last moment could be seen"
      // Where nothing could be held, that was said.
      if outcome.isHeld { printToStandardError("quarry: no profile: \(ended.trouble?.message ?? killed)\n") }
      return outcome.ending
    }
    try show(growth(of: profile), of: "\(ended.name) at \(ended.count > 1 ? "their" : "its") end", in: file)
    return outcome.ending
  }

  // MARK: Profiles

  private func take(_ source: any MemorySource) throws -> Profile {
    try growth(of: HeapReader(source).profile(time: ProfileSum.now()))
  }

  /// What grew since the earlier profile, if there is one.
  private func growth(of profile: Profile) throws -> Profile {
    guard let earlier else { return profile }
    do {
      return try profile.subtracting(earlier)
    } catch {
      throw Failure.inspection("cannot compare with '\(output.base ?? "")': \(error)")
    }
  }

  private func show(_ profile: Profile, of target: String, in file: ReportFile?) throws {
    try output.show(profile, of: target, in: file, status: status)
  }

  /// Writes one of several files, unless the processes have ended.
  private func writeNumbered(_ processes: [pid_t]) throws {
    // Opened anew, since they may have become other programs.
    var sum = ProfileSum()
    for process in processes { sum.add(process) }
    guard let profile = sum.profile else {
      // A command may not be there yet.
      if let trouble = sum.trouble { printToStandardError("quarry: no profile: \(trouble.message)\n") }
      return
    }
    let path = ProfileFile.numbered(output.path ?? "", count + 1)
    try show(growth(of: profile), of: sum.name, in: ReportFile(path, only: .gz, status: status))
    count += 1
  }
}
