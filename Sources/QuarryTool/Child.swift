// Child: a command as a child of this process that nobody outside would tell from one started without it: same process
// group, terminal, streams and signals.

import CInspection
import Glibc

enum Child {
  /// Which processes stop at their end, for this process to look at them. Those have this process as their tracer: no
  /// debugger can be attached, and what is set-user-ID gets no rights by that.
  enum Holding {
    case none
    /// The command, which is killed when this process ends.
    case itself
    /// The command, and what its processes' first threads start.
    case all
  }

  /// What this process was given, before the first command changed it; each command gets it.
  private static let inherited = {
    var mask = sigset_t()
    sigprocmask(SIG_BLOCK, nil, &mask)
    var action = sigaction()
    sigaction(SIGCHLD, nil, &action)
    return (mask: mask, childAction: action.__sigaction_handler.sa_handler)
  }()

  /// Starts a command, found in PATH.
  /// - Parameters:
  ///   - signals: blocked here from before it starts, so that none is missed; the command is not concerned.
  ///   - holding: who stops at the end, of which `wait4` tells. Where the system forbids tracing, nobody does.
  ///   - prepare: what the child does to itself before it becomes the command.
  /// - Throws: `Failure` when it cannot be run.
  /// - Precondition: this process has one thread.
  static func start(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, blocking signals: [CInt] = [],
    holding: Holding = .none, prepare: () -> Void = {}
  ) throws -> pid_t {
    let inherited = Self.inherited
    var blocked = sigset_t(signals)
    sigprocmask(SIG_BLOCK, &blocked, nil)
    // The default action keeps an ended child until it is waited for, even when we were started with the signal ignored.
    signal(SIGCHLD, SIG_DFL)

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
    if holding != .none { _ = quarry_watch_exit(child, holding == .all ? QUARRY_WATCH_ALL : QUARRY_WATCH_ONE) }
    for descriptor in [gate.start, gate.end, report.end] { close(descriptor) }
    var error: CInt = 0
    let length = read(report.start, &error, MemoryLayout.size(ofValue: error))
    close(report.start)
    guard length <= 0 else {
      _ = wait(for: child)
      throw Execution.failure(error, command: String(cString: arguments[0]!))
    }
    return child
  }

  /// Waits until a child has ended, or stops as it should; wherever else it stops, it goes on.
  /// - Returns: its status, as `wait4` has it.
  static func wait(for child: pid_t, orStop isDone: (_ status: CInt) -> Bool = { _ in false }) -> CInt {
    var status: CInt = 0
    while true {
      let found = wait4(child, &status, 0, nil)
      if found < 0 && errno == EINTR { continue }
      guard found == child, isStopped(status), !isDone(status) else { return status }
      quarry_go_on(child, status)
    }
  }

  /// Whether a status of `wait4` is that of a process that stopped, as only traced ones are reported to.
  static func isStopped(_ status: CInt) -> Bool { status & 0xff == 0x7f }

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
