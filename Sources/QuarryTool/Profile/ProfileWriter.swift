// ProfileWriter: takes profiles of a process, a core file, or a command, once or again and again.

import Glibc
import Inspection

final class ProfileWriter {
  private let output: ProfileOutput
  private let schedule: ProfileSchedule
  private let earlier: Profile?
  /// The last profile's, or the only one's; opened at once, so that a place that cannot be written is refused before
  /// anything is run.
  private let file: ReportFile?
  /// Profiles written meanwhile.
  private var count = 0

  init(_ output: ProfileOutput, _ schedule: ProfileSchedule, _ earlier: Profile?) throws {
    self.output = output
    self.schedule = schedule
    self.earlier = earlier
    file = try output.path.map { try ReportFile($0, only: .gz) }
  }

  /// Leaves no unfinished file behind.
  func discard() { file?.discard() }

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
      case .due: try writeNumbered(source)
      case .other(let information):
        discard()
        Ending.signal(information.si_signo).repeatHere()
      case .nothing: break
      }
    }
    discard()
    printToStandardError("quarry: \(source.name) ended; profiles written: \(count)\n")
  }

  // MARK: Commands

  /// Runs a command, profiles it by the schedule, and in the end.
  /// - Returns: how it ended.
  func profile(_ command: [String]) throws -> Ending {
    let watched = [SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM]
    let target = try CommandAtExit(starting: command, blocking: watched)
    let signals = sigset_t(watched)
    var next = ContinuousClock.now + .seconds(schedule.interval ?? 0)
    // The command goes on when a profile could not be written, and it is told in the end.
    var failure: Failure?
    do {
      while try !target.isAtExit(waiting: false) {
        switch schedule.wait(for: signals, &next) {
        case .due:
          do {
            // Opened anew, since it may have become another program.
            try writeNumbered(LiveProcess(target.number))
          } catch let error as Failure {
            failure = failure ?? error
          }
        case .other(let information): Self.forward(information, to: target.number)
        case .nothing: break
        }
      }
    } catch InspectionError.gone {
      discard()
      printToStandardError("quarry: '\(command[0])' was killed before its last moment could be seen\n")
      return target.end()
    }
    let profile = try take(target)
    let ending = target.end()
    if let failure {
      discard()
      throw failure
    }
    try show(profile, of: target.name, in: file)
    return ending
  }

  /// What the terminal sends, it sends to the command as well.
  private static func forward(_ information: siginfo_t, to child: pid_t) {
    if information.si_signo != SIGCHLD, information.si_code <= 0 { kill(child, information.si_signo) }
  }

  // MARK: Profiles

  private func take(_ source: any MemorySource) throws -> Profile {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let profile = try HeapReader(source).profile(time: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
    guard let earlier else { return profile }
    do {
      return try profile.subtracting(earlier)
    } catch {
      throw Failure.inspection("cannot compare with '\(output.base ?? "")': \(error)")
    }
  }

  private func show(_ profile: Profile, of target: String, in file: ReportFile?) throws {
    try output.show(profile, of: target, in: file)
  }

  /// Writes one of several files, unless the process has ended.
  private func writeNumbered(_ source: @autoclosure () throws -> any MemorySource) throws {
    let profile: Profile
    let name: String
    do {
      let source = try source()
      name = source.name
      profile = try take(source)
    } catch InspectionError.gone {
      return
    } catch let error as InspectionError {
      // A command may not be there yet, or become another program.
      printToStandardError("quarry: no profile: \(error)\n")
      return
    }
    let path = ProfileFile.numbered(output.path ?? "", count + 1)
    try show(profile, of: name, in: ReportFile(path, only: .gz))
    count += 1
  }
}
