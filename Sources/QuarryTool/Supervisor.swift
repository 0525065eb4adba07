// Runs a command as a child and waits for it, as reports and comparisons need, so that nobody outside notices
// the process in between: the child has the same process group, terminal and streams, it gets the signals
// that were sent here, and what ended it is handed on.

import CInspection
import Glibc

enum Supervisor {
  /// Signals that somebody may send to the process they started.
  private static let forwarded = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  /// What this process was given, before the first run changed it; each command gets it.
  private static let inherited = {
    var mask = sigset_t()
    sigprocmask(SIG_BLOCK, nil, &mask)
    var action = sigaction()
    sigaction(SIGCHLD, nil, &action)
    return (mask: mask, childAction: action.__sigaction_handler.sa_handler)
  }()

  /// Looks at the child after so many seconds.
  /// - Returns: in how many seconds it wants to look again; it is asked earlier when a signal comes.
  typealias Watch = (_ child: pid_t, _ seconds: Double) -> Double

  /// Looks at the child after so many seconds, when it is about to end: its memory is still all there.
  typealias LastLook = (_ child: pid_t, _ seconds: Double) -> Void

  /// Runs the command to its end.
  /// - Parameters:
  ///   - prepare: what the child does to itself before it becomes the command.
  ///   - watch: called again and again until the command has ended.
  ///   - lastLook: called while the command is held at its end. It is traced for that: it waits for this process
  ///     whenever it gets a signal, and no debugger can be attached to it. Where the system forbids tracing, this is
  ///     never called.
  /// - Precondition: this process has one thread.
  static func run(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, prepare: () -> Void = {}, watch: Watch? = nil,
    lastLook: LastLook? = nil
  ) throws -> Outcome {
    // Signals are taken out of the queue below and never delivered. The default action for SIGCHLD keeps an
    // ended child until it is waited for, even when we were started with the signal ignored.
    let watched = sigset_t(forwarded + [SIGCHLD])
    let inherited = Self.inherited
    withUnsafePointer(to: watched) { _ = sigprocmask(SIG_BLOCK, $0, nil) }
    signal(SIGCHLD, SIG_DFL)

    let clock = ContinuousClock()
    let start = clock.now
    // The child waits for the gate's end before it begins, and reports why it could not.
    let (gate, report) = (try Pipe(), try Pipe())
    let child = forkProcess()
    if child == 0 {
      signal(SIGCHLD, inherited.childAction)
      withUnsafePointer(to: inherited.mask) { _ = sigprocmask(SIG_SETMASK, $0, nil) }
      close(gate.end)
      var none: CInt = 0
      read(gate.start, &none, 1)
      prepare()
      execvp(arguments[0]!, arguments)
      var error = errno
      write(report.end, &error, MemoryLayout.size(ofValue: error))
      _exit(Failure.Status.notFound)
    }
    guard child > 0 else { throw startFailure() }

    if lastLook != nil { _ = quarry_watch_exit(child) }
    for descriptor in [gate.start, gate.end, report.end] { close(descriptor) }
    var error: CInt = 0
    let length = read(report.start, &error, MemoryLayout.size(ofValue: error))
    close(report.start)
    let (status, usage, interruption) = wait(
      for: child, watched,
      look: { length > 0 ? nil : watch?(child, (clock.now - start) / .seconds(1)) },
      atEnd: { if length <= 0 { lastLook?(child, (clock.now - start) / .seconds(1)) } })
    guard length <= 0 else {
      throw Execution.failure(error, command: String(cString: arguments[0]!))
    }
    return Outcome(
      ending: Ending(waitStatus: status), elapsed: clock.now - start, usage: usage, interruption: interruption)
  }

  /// - Parameter look: returns the seconds until it wants to be called again, nil for never.
  private static func wait(
    for child: pid_t, _ watched: sigset_t, look: () -> Double?, atEnd: () -> Void
  ) -> (status: CInt, usage: rusage, interruption: CInt?) {
    var watched = watched
    var status: CInt = 0
    var usage = rusage()
    var interruption: CInt?
    while true {
      if wait4(child, &status, WNOHANG, &usage) == child {
        // Only a traced child is ever reported as stopped.
        guard status & 0xff == 0x7f else { break }
        if quarry_is_at_exit(status) != 0 { atEnd() }
        quarry_go_on(child, status)
        continue
      }
      var information = siginfo_t()
      let signal: CInt
      if let seconds = look() {
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        signal = sigtimedwait(&watched, &information, &limit)
      } else {
        signal = sigwaitinfo(&watched, &information)
      }
      if [SIGINT, SIGQUIT, SIGTERM, SIGHUP].contains(signal) { interruption = signal }
      // What the terminal sends, it sends to the child as well.
      let isFromProcess = information.si_code <= 0
      if signal > 0, signal != SIGCHLD, isFromProcess { kill(child, signal) }
    }
    return (status, usage, interruption)
  }

  /// `fork`, which Swift's import of libc hides. `posix_spawn` shares our memory with the child until it
  /// executes the command, and Linux then counts our peak as the child's: no command could have less than
  /// this tool.
  private static func forkProcess() -> pid_t {
    typealias Function = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { return -1 }
    return unsafeBitCast(symbol, to: Function.self)()
  }

  /// A pipe whose ends no other program gets.
  private struct Pipe {
    let start: CInt
    let end: CInt

    init() throws {
      var ends: [CInt] = [-1, -1]
      guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else { throw startFailure() }
      (start, end) = (ends[0], ends[1])
    }
  }

  private static func startFailure() -> Failure {
    Failure(
      message: "cannot start a process: \(String(cString: strerror(errno)))", status: Failure.Status.library)
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
