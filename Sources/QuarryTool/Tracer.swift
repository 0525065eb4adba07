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
  private var leaving = LeavingThreads()
  /// The signal by which the command was stopped as a job, until it is known whether this process was, too.
  private var jobStop: CInt?
  /// Signals of the terminal that came here, and by which this process was not stopped yet.
  private var jobSignals: Set<CInt> = []

  init(_ child: Child) { self.child = child }

  /// Takes the next report.
  /// - Parameter waits: whether to wait for one.
  mutating func next(waits: Bool) -> Report {
    if waiting.isEmpty {
      var options = waits ? 0 : WNOHANG
      while let report = take(options) {
        waiting.append(report)
        // From now on the system does not count it any more.
        if quarry_stop(report.status) == QUARRY_STOP_NONE { leaving.remove(report.thread) }
        options = WNOHANG
      }
    }
    guard let (found, status, usage) = waiting.popFirst() else { return .nothing }
    let stop = Stop(thread: found, status: status)
    switch quarry_stop(status) {
    case QUARRY_STOP_NONE:
      return found == child.number ? .ended(status, usage) : .other
    case QUARRY_STOP_EXIT:
      if let group = Threads.group(of: found) {
        if group.count <= leaving.count(of: group.process) + 1 { return .atEnd(process: group.process, stop) }
        leaving.insert(found, of: group.process)
      }
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
    let all = child.holding != .none
    var (status, usage): (CInt, rusage) = (0, rusage())
    while true {
      let found = wait4(all ? -1 : child.number, &status, options | (all ? QUARRY_WAIT_ALL : 0), &usage)
      if found > 0 { return (found, status, usage) }
      if found == 0 || errno != EINTR { return nil }
    }
  }

  /// Notes a signal that came to this process, and was taken out of its queue.
  mutating func cameHere(_ signal: CInt) {
    if Job.signals.contains(signal) { jobSignals.insert(signal) }
  }

  /// Stops this process, until both are told to go on, when the command was stopped by a signal that came here as well:
  /// who stopped the command alone will let it go on alone.
  mutating func stopAsJob() {
    guard let signal = jobStop else { return }
    jobStop = nil
    let cameBefore = jobSignals.remove(signal) != nil
    if cameBefore || Job.takes(signal) { Job.stop(by: signal) }
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

/// Threads that went on towards their ends, and of which that is still to be reported.
private struct LeavingThreads {
  private var processes: [pid_t: pid_t] = [:]
  /// By process, how many there are: that they are all of its threads is known without looking at each.
  private var counts: [pid_t: Int] = [:]

  func count(of process: pid_t) -> Int { counts[process] ?? 0 }

  mutating func insert(_ thread: pid_t, of process: pid_t) {
    remove(thread)
    processes[thread] = process
    counts[process, default: 0] += 1
  }

  mutating func remove(_ thread: pid_t) {
    guard let process = processes.removeValue(forKey: thread), let count = counts[process] else { return }
    counts[process] = count > 1 ? count - 1 : nil
  }
}

/// This process as part of a job of the shell's.
enum Job {
  /// What the terminal sends to a job. It comes to the command as well, whom it concerns.
  static let signals = [SIGTSTP, SIGTTIN, SIGTTOU]

  /// Takes a signal out of the queue.
  /// - Returns: whether it came, now or in the next moment: the system sends it to one process after the other.
  static func takes(_ signal: CInt) -> Bool {
    var set = sigset_t([signal])
    var moment = timespec(tv_sec: 0, tv_nsec: 50_000_000)
    return sigtimedwait(&set, nil, &moment) == signal
  }

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
