// Child: a command as a child of this process that nobody outside would tell from one started without it: same process
// group, terminal, streams and signals.

import CInspection
import Glibc

struct Child {
  let number: pid_t
  let holding: Holding
  /// Bytes that it had resident before it became the command: the system counts them as the command's.
  let inherited: Int

  /// What stops at its end, for this process to look at it. That has this process as its tracer: no debugger can be
  /// attached to it, what is set-user-ID gets no rights by that, and signals and forks take longer.
  enum Holding {
    /// Nothing: what is measured must not be slowed down.
    case none
    /// The command, which is killed when this process ends.
    case command
    /// The command, and all processes that it starts.
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
  ///   - holding: who stops at the end, of which a `Tracer` tells.
  ///   - mustHold: whether it is not to be run where the system forbids tracing; else, nobody is held there.
  ///   - prepare: what the child does to itself before it becomes the command.
  /// - Throws: `Failure` when it cannot be run, or not be held though it must.
  /// - Precondition: this process has one thread.
  static func start(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, blocking signals: [CInt] = [],
    holding: Holding = .none, mustHold: Bool = false, prepare: () -> Void = {}
  ) throws -> Child {
    let inherited = Self.inherited
    // With a child that is traced, this process stops when that has.
    var blocked = sigset_t(signals + (holding == .none ? [] : Job.signals))
    sigprocmask(SIG_BLOCK, &blocked, nil)
    // The default action keeps an ended child until it is waited for, even when we were started with the signal ignored.
    signal(SIGCHLD, SIG_DFL)

    // The child waits for the gate's end before it begins. It reports what memory it has, and why it could not.
    let (gate, report) = (try Pipe(), try Pipe())
    let number = forkProcess()
    if number == 0 {
      signal(SIGCHLD, inherited.childAction)
      withUnsafePointer(to: inherited.mask) { _ = sigprocmask(SIG_SETMASK, $0, nil) }
      close(gate.end)
      var none: CInt = 0
      read(gate.start, &none, 1)
      prepare()
      var usage = rusage()
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      write(report.end, &usage.ru_maxrss, MemoryLayout.size(ofValue: usage.ru_maxrss))
      execvp(arguments[0]!, arguments)
      var error = errno
      write(report.end, &error, MemoryLayout.size(ofValue: error))
      _exit(Failure.Status.notFound)
    }
    guard number > 0 else { throw startFailure() }
    let command = String(cString: arguments[0]!)
    let refusal = holding.scope.map { -quarry_watch_exit(number, $0) } ?? 0
    if refusal != 0, mustHold {
      kill(number, SIGKILL)
      for descriptor in [gate.start, gate.end, report.start, report.end] { close(descriptor) }
      waitpid(number, nil, 0)
      throw Failure.inspection("'\(command)' cannot be held at its end: \(Tracer.hint(refusal))")
    }
    if refusal != 0, holding == .all {
      printToStandardError("quarry: nothing is looked at when it ends: \(Tracer.hint(refusal))\n")
    }
    for descriptor in [gate.start, gate.end, report.end] { close(descriptor) }
    let isHeld = holding != .none && refusal == 0
    if isHeld { Tracer.waitForProgram(number) }
    var (kibibytes, error): (Int, CInt) = (0, 0)
    read(report.start, &kibibytes, MemoryLayout.size(ofValue: kibibytes))
    let length = read(report.start, &error, MemoryLayout.size(ofValue: error))
    close(report.start)
    guard length <= 0 else {
      waitpid(number, nil, 0)
      throw Execution.failure(error, command: command)
    }
    return Child(number: number, holding: isHeld ? holding : .none, inherited: kibibytes << 10)
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

extension Child.Holding {
  /// As the system is told; nil where it is not.
  fileprivate var scope: CInt? {
    switch self {
    case .none: nil
    case .command: QUARRY_WATCH_THREADS | QUARRY_WATCH_KILL
    case .all: QUARRY_WATCH_THREADS | QUARRY_WATCH_CHILDREN
    }
  }
}
