// Supervisor: runs a command as a child and waits for it, as reports, profiles and comparisons need, so that nobody outside
// notices the process in between: the child gets the signals that were sent here, and what ended it is handed on.

import CInspection
import Glibc

enum Supervisor {
  /// Signals that somebody may send to the process they started.
  private static let forwarded = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  /// Looks at the child after so many seconds.
  /// - Returns: in how many seconds it wants to look again; it is asked earlier when a signal comes.
  typealias Watch = (_ child: pid_t, _ seconds: Double) -> Double

  /// Looks at a process, the child or one that it started, after so many seconds, when it is about to end: its memory is
  /// still all there.
  typealias LastLook = (_ process: pid_t, _ child: pid_t, _ seconds: Double) -> Void

  /// A signal that is meant for this process rather than for the child.
  struct Own {
    let signal: CInt
    /// What is done when it comes.
    let action: (_ child: pid_t) -> Void
  }

  /// Runs the command to its end.
  /// - Parameters:
  ///   - prepare: what the child does to itself before it becomes the command.
  ///   - own: a signal that is not handed on.
  ///   - watch: called again and again until the command has ended.
  ///   - lastLook: called while the command, or a process that it started, is held at its end (`Child.Holding.all`): they
  ///     wait for this process whenever they get a signal. Where the system forbids tracing, this is never called.
  /// - Precondition: this process has one thread.
  static func run(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, prepare: () -> Void = {}, own: Own? = nil,
    watch: Watch? = nil, lastLook: LastLook? = nil
  ) throws -> Outcome {
    // Signals are taken out of the queue below and never delivered.
    let watched = forwarded + [SIGCHLD] + [own?.signal].compactMap { $0 }
    let clock = ContinuousClock()
    let start = clock.now
    let child = try Child.start(
      arguments, blocking: watched, holding: lastLook == nil ? .none : .all, prepare: prepare)
    let (status, usage, interruption) = wait(
      for: child, sigset_t(watched), own, isHolding: lastLook != nil,
      look: { watch?(child, (clock.now - start) / .seconds(1)) },
      atEnd: { lastLook?($0, child, (clock.now - start) / .seconds(1)) })
    return Outcome(
      ending: Ending(waitStatus: status), elapsed: clock.now - start, usage: usage, interruption: interruption)
  }

  /// - Parameter look: returns the seconds until it wants to be called again, nil for never.
  private static func wait(
    for child: pid_t, _ watched: sigset_t, _ own: Own?, isHolding: Bool, look: () -> Double?,
    atEnd: (_ process: pid_t) -> Void
  ) -> (status: CInt, usage: rusage, interruption: CInt?) {
    var watched = watched
    var status: CInt = 0
    var usage = rusage()
    var interruption: CInt?
    while true {
      // Traced ones that the child started are reported, too: here first, and then to their parents.
      let found = wait4(isHolding ? -1 : child, &status, WNOHANG, &usage)
      if found > 0, Child.isStopped(status) {
        if quarry_is_at_exit(found, status) != 0 { atEnd(found) }
        quarry_go_on(found, status)
      }
      if found == child, !Child.isStopped(status) { break }
      if found > 0 { continue }
      var information = siginfo_t()
      let signal: CInt
      if let seconds = look() {
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        signal = sigtimedwait(&watched, &information, &limit)
      } else {
        signal = sigwaitinfo(&watched, &information)
      }
      if let own, own.signal == signal {
        own.action(child)
        continue
      }
      if [SIGINT, SIGQUIT, SIGTERM, SIGHUP].contains(signal) { interruption = signal }
      // What the terminal sends, it sends to the child as well.
      let isFromProcess = information.si_code <= 0
      if signal > 0, signal != SIGCHLD, isFromProcess { kill(child, signal) }
    }
    return (status, usage, interruption)
  }
}

/// How a command ended, and what it took.
struct Outcome {
  var ending: Ending
  var elapsed: Duration
  var usage: rusage
  /// A signal by which somebody wanted this process to end, and which the command got as well.
  var interruption: CInt?
}

enum Ending: Equatable {
  case status(CInt)
  case signal(CInt)

  init(waitStatus: CInt) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .status((waitStatus >> 8) & 0xff) : .signal(signal)
  }

  /// Ends this process in the same way.
  func repeatHere() -> Never {
    switch self {
    case .status(let status):
      exit(status)
    case .signal(let number):
      // The child has left its core file already.
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      Glibc.signal(number, SIG_DFL)
      var set = sigset_t([number])
      raise(number)
      sigprocmask(SIG_UNBLOCK, &set, nil)
      exit(128 + number)
    }
  }
}

extension sigset_t {
  init(_ signals: [Int32]) {
    self.init()
    sigemptyset(&self)
    for signal in signals { sigaddset(&self, signal) }
  }
}
