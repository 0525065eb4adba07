// Supervisor: runs a command as a child and waits for it, as reports, profiles and comparisons need, so that nobody outside
// notices the process in between: the child gets the signals that were sent here, and what ended it is handed on.

import Glibc

enum Supervisor {
  /// Signals that somebody may send to the process they started.
  private static let forwarded =
    [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGWINCH, SIGURG, SIGIO, SIGPWR]
    + (__libc_current_sigrtmin()...__libc_current_sigrtmax())

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
  ///   - own: a signal that is not handed on.
  ///   - holding: who is held for a last look: they wait for this process whenever they get a signal.
  ///   - mustHold: whether the command is not to be run where the system forbids tracing. Else, there is no last look there.
  ///   - watch: called again and again until the command has ended.
  ///   - lastLook: called while a process is held at its end.
  /// - Precondition: this process has one thread.
  static func run(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, in surroundings: Child.Surroundings = .init(),
    own: Own? = nil, holding: Child.Holding = .none, mustHold: Bool = false, watch: Watch? = nil,
    lastLook: LastLook? = nil
  ) throws -> Outcome {
    // Signals are taken out of the queue below and never delivered.
    let watched = forwarded + [SIGCHLD] + [own?.signal].compactMap { $0 }
    let clock = ContinuousClock()
    let start = clock.now
    let child = try Child.start(
      arguments, in: surroundings, blocking: watched, holding: holding, mustHold: mustHold)
    let jobSignals = child.holding == .none ? [] : Job.signals
    let (status, usage, interruption) = wait(
      for: child, sigset_t(watched + jobSignals), own,
      look: { watch?(child.number, (clock.now - start) / .seconds(1)) },
      atEnd: { lastLook?($0, child.number, (clock.now - start) / .seconds(1)) })
    return Outcome(
      ending: Ending(waitStatus: status), elapsed: clock.now - start, usage: usage, isHeld: child.holding != .none,
      interruption: interruption)
  }

  /// - Parameter look: returns the seconds until it wants to be called again, nil for never.
  private static func wait(
    for child: Child, _ watched: sigset_t, _ own: Own?, look: () -> Double?, atEnd: (_ process: pid_t) -> Void
  ) -> (status: CInt, usage: rusage, interruption: CInt?) {
    var watched = watched
    var tracer = Tracer(child)
    var interruption: CInt?
    // When to look again; nil for never.
    var due: ContinuousClock.Instant? = .now
    var hadReport = false
    while true {
      switch tracer.next(waits: false) {
      case .atEnd(let process, let stop):
        atEnd(process)
        stop.goOn()
        hadReport = true
        continue
      case .ended(let status, let usage): return (status, usage, interruption)
      case .other:
        hadReport = true
        continue
      case .nothing: tracer.stopAsJob()
      }
      // Threads that come and go report all the time, which is no reason for a look.
      if !hadReport || due.map({ $0 <= .now }) == true { due = look().map { .now + .seconds($0) } }
      hadReport = false
      guard let information = nextSignal(of: &watched, until: due) else { continue }
      let signal = information.si_signo
      tracer.cameHere(signal)
      if let own, own.signal == signal {
        own.action(child.number)
        continue
      }
      if [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM].contains(signal) { interruption = signal }
      handOn(information, to: child)
    }
  }

  /// Takes a signal out of the queue.
  /// - Returns: nil when none came until the moment that is given, or the wait was interrupted.
  private static func nextSignal(of watched: inout sigset_t, until due: ContinuousClock.Instant?) -> siginfo_t? {
    var information = siginfo_t()
    guard let due else { return sigwaitinfo(&watched, &information) > 0 ? information : nil }
    let seconds = max(0, (due - .now) / .seconds(1))
    var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    return sigtimedwait(&watched, &information, &limit) > 0 ? information : nil
  }

  /// Sends a signal on to the child, unless the child has it already: what the terminal sends, it sends to both.
  private static func handOn(_ information: siginfo_t, to child: Child) {
    let signal = information.si_signo
    let isTheTerminals = information.si_code > 0 && [SIGINT, SIGQUIT, SIGHUP, SIGWINCH].contains(signal)
    if signal != SIGCHLD, !isTheTerminals { kill(child.number, signal) }
  }
}

/// How a command ended, and what it took.
struct Outcome {
  var ending: Ending
  var elapsed: Duration
  /// The command's, and that of all that it waited for.
  var usage: rusage
  /// Whether processes were held at their ends.
  var isHeld: Bool
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
