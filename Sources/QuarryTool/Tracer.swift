// Tracer: what a command, and those of its threads and processes that are held at their ends, report to this process.
//
// Threads that are about to end stop one by one, and are let go on at once, but for the last one of a process: then its
// memory is still all there, and nobody changes it.

import CInspection
import Glibc
import Inspection
import SystemPackage

struct Tracer {
  /// A thread that stopped, until it goes on.
  struct Stop {
    let thread: pid_t
    fileprivate let status: CInt

    func goOn() { quarry_go_on(thread, status) }
  }

  enum Report {
    case nothing
    /// Something that concerns nobody but the one who reports, and was seen to.
    case other
    /// A process is held at its end.
    case atEnd(process: pid_t, Stop)
    /// The command has ended, with a status as `wait4` has it.
    case ended(CInt, rusage)
  }

  private let child: Child
  /// Reports, all that there were before any was seen to: a thread that reports again and again comes no sooner than others.
  private var waiting = ArraySlice<(thread: pid_t, status: CInt, usage: rusage)>()
  /// Threads that went on towards their ends.
  private var leaving: Set<pid_t> = []
  /// The signal by which the command is stopped as a job, and this process should be.
  private(set) var jobStop: CInt?

  init(_ child: Child) { self.child = child }

  /// Takes the next report.
  /// - Parameter waits: whether to wait for one.
  mutating func next(waits: Bool) -> Report {
    if waiting.isEmpty {
      var options = waits ? 0 : WNOHANG
      while let report = take(options) {
        waiting.append(report)
        options = WNOHANG
      }
    }
    guard let (found, status, usage) = waiting.popFirst() else { return .nothing }
    let stop = Stop(thread: found, status: status)
    switch quarry_stop(status) {
    case QUARRY_STOP_NONE:
      leaving.remove(found)
      return found == child.number ? .ended(status, usage) : .other
    case QUARRY_STOP_EXIT:
      if let process = process(endingWith: found) { return .atEnd(process: process, stop) }
      leaving.insert(found)
    case QUARRY_STOP_EXEC:
      // Whichever thread did that has the number of the first one now.
      leaving.remove(found)
    case QUARRY_STOP_JOB:
      // By SIGSTOP it was stopped alone, by somebody who will let it go on alone.
      let signal = status >> 8 & 0xff
      if found == child.number, Job.signals.contains(signal) { jobStop = signal }
    default: break
    }
    if found == child.number, quarry_stop(status) != QUARRY_STOP_JOB { jobStop = nil }
    stop.goOn()
    return .other
  }

  /// What the system reports next, if anything.
  private func take(_ options: CInt) -> (thread: pid_t, status: CInt, usage: rusage)? {
    // Traced ones that the child started are reported, too: here first, and then to their parents.
    let all = child.holding == .all || child.holding == .command
    var (status, usage): (CInt, rusage) = (0, rusage())
    while true {
      let found = wait4(all ? -1 : child.number, &status, options | (all ? QUARRY_WAIT_ALL : 0), &usage)
      if found > 0 { return (found, status, usage) }
      if found == 0 || errno != EINTR { return nil }
    }
  }

  /// The process of a thread that is about to end, when the others have ended or are about to.
  private func process(endingWith thread: pid_t) -> pid_t? {
    // Of other threads, nothing is known.
    if child.holding == .first { return thread }
    guard Threads.of(thread).allSatisfy({ $0 == thread || leaving.contains($0) }) else { return nil }
    return Threads.process(of: thread)
  }

  /// Stops this process as the command is stopped, until both are told to go on.
  mutating func stopAsJob() {
    guard let signal = jobStop else { return }
    jobStop = nil
    Job.stop(by: signal)
  }

  /// Lets a child that was just started go on until it has become its program, or ended, of which it is still to be
  /// reported. A signal may come to it before, and it would wait for this process to hand it on.
  static func waitForProgram(_ child: pid_t) {
    while true {
      var information = siginfo_t()
      guard waitid(P_PID, id_t(child), &information, WEXITED | WSTOPPED | WNOWAIT) == 0 else {
        if errno == EINTR { continue }
        return
      }
      if [CLD_EXITED, CLD_KILLED, CLD_DUMPED].contains(Int(information.si_code)) { return }
      var status: CInt = 0
      guard waitpid(child, &status, 0) == child else { return }
      quarry_go_on(child, status)
      if quarry_stop(status) == QUARRY_STOP_EXEC { return }
    }
  }

  /// Why the system does not let this process trace its child, and what would be right.
  static func hint(_ error: CInt) -> String {
    switch (try? FileDescriptor.readAll("/proc/sys/kernel/yama/ptrace_scope"))?.first {
    case UInt8(ascii: "2"): return "kernel.yama.ptrace_scope is 2, which lets root alone trace processes: run as root"
    case UInt8(ascii: "3"):
      return "kernel.yama.ptrace_scope is 3, which lets nobody trace processes until the next boot"
    default:
      return
        "ptrace says '\(Errno(rawValue: error))': run it where ptrace is allowed, and not under strace or a debugger"
    }
  }
}

/// This process as part of a job of the shell's.
enum Job {
  /// What the terminal sends to a job. It comes to the command as well, whom it concerns.
  static let signals = [SIGTSTP, SIGTTIN, SIGTTOU]

  /// Stops this process by a signal, until SIGCONT comes.
  static func stop(by signal: CInt) {
    var set = sigset_t([signal])
    // It may have come here as well.
    var none = timespec()
    while sigtimedwait(&set, nil, &none) > 0 {}
    raise(signal)
    sigprocmask(SIG_UNBLOCK, &set, nil)
    sigprocmask(SIG_BLOCK, &set, nil)
  }
}
