// Child: a command as a child of this process that nobody outside would tell from one started without it: same process
// group, terminal and signals, and, if not said otherwise, the same streams. `quarry-start` starts it, so that its peak
// memory is its own.

import CInspection
import Glibc

struct Child {
  let number: pid_t
  let holding: Holding

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

  /// What a command has otherwise than this process.
  struct Surroundings {
    /// Values of variables.
    var variables: [String: String] = [:]
    /// Whether nothing is on its standard input, and its output is thrown away.
    var isSilent = false
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
  /// - Throws: `Failure` when it cannot be run, or not be held though it must.
  static func start(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, in surroundings: Surroundings = .init(),
    blocking signals: [CInt] = [], holding: Holding = .none, mustHold: Bool = false
  ) throws -> Child {
    let inherited = Self.inherited
    // With a child that is traced, this process stops when that has.
    var blocked = sigset_t(signals + (holding == .none ? [] : Job.signals))
    sigprocmask(SIG_BLOCK, &blocked, nil)
    let (gate, report) = (try Pipe(), try Pipe())
    defer { close(report.start) }

    // A child that ends while the signal is ignored leaves nothing to wait for, so the command gets that, and waits at the
    // gate until it is ignored here no more.
    signal(SIGCHLD, inherited.childAction)
    let starter = try Starter(gate: gate.start, report: report.end, mask: inherited.mask).start(arguments, surroundings)
    signal(SIGCHLD, SIG_DFL)
    for descriptor in [gate.start, report.end] { close(descriptor) }
    let first = report.next()
    if first != nil { waitpid(starter, nil, 0) }
    guard let number = first, number > 0 else {
      close(gate.end)
      // Killed; and so is the command, for all that anybody can tell.
      guard let first else { return Child(number: starter, holding: .none) }
      throw startFailure(-first)
    }

    let command = String(cString: arguments[0]!)
    let refusal = holding.scope.map { -quarry_watch_exit(number, $0) } ?? 0
    if refusal != 0, mustHold {
      kill(number, SIGKILL)
      close(gate.end)
      waitpid(number, nil, 0)
      throw Failure.inspection("'\(command)' cannot be held at its end: \(Tracer.hint(refusal))")
    }
    if refusal != 0, holding == .all {
      printToStandardError("quarry: nothing is looked at when it ends: \(Tracer.hint(refusal))\n")
    }
    close(gate.end)
    let isHeld = holding != .none && refusal == 0
    if isHeld { Tracer.waitForProgram(number) }
    if let error = report.next() {
      waitpid(number, nil, 0)
      throw Execution.failure(error, command: command)
    }
    return Child(number: number, holding: isHeld ? holding : .none)
  }

  /// A pipe whose ends no other program gets, unless they are handed to it.
  private struct Pipe {
    let start: CInt
    let end: CInt

    init() throws {
      var ends: [CInt] = [-1, -1]
      guard pipe(&ends) == 0 else { throw startFailure(errno) }
      // The numbers of standard streams, which may be closed, are another's.
      defer { for end in ends { close(end) } }
      (start, end) = (fcntl(ends[0], F_DUPFD_CLOEXEC, 3), fcntl(ends[1], F_DUPFD_CLOEXEC, 3))
      guard start >= 0, end >= 0 else { throw startFailure(errno) }
    }

    /// The next number that was written; nil at the end.
    func next() -> CInt? {
      var number: CInt = 0
      while true {
        let length = read(start, &number, MemoryLayout.size(ofValue: number))
        if length < 0 && errno == EINTR { continue }
        return length > 0 ? number : nil
      }
    }
  }

  /// `quarry-start`, which is told what to do by its arguments (start.c).
  private struct Starter {
    /// Descriptors, which it gets.
    let gate: CInt
    let report: CInt
    /// The signals that the command blocks.
    let mask: sigset_t

    func start(
      _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ surroundings: Surroundings
    ) throws -> pid_t {
      let program = try Product.path("quarry-start")
      let bits = withUnsafeBytes(of: mask) { $0.load(as: UInt64.self) }
      let own =
        [program, "\(gate)", "\(report)", String(bits, radix: 16)]
        + surroundings.variables.map { "\($0)=\($1)" }.sorted() + ["--"]
      var words = own.map { (word: String) in strdup(word) }
      defer { for word in words.prefix(own.count) { free(word) } }
      var index = 0
      repeat {
        words.append(arguments[index])
        index += 1
      } while words.last! != nil

      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      posix_spawn_file_actions_init(&actions)
      posix_spawnattr_init(&attributes)
      defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
      }
      // To itself, which hands it on.
      for descriptor in [gate, report] { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
      if surroundings.isSilent {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
          posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
      }
      var all = sigset_t()
      sigfillset(&all)
      posix_spawnattr_setsigmask(&attributes, &all)
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
      var starter = pid_t()
      let error = posix_spawn(&starter, program, &actions, &attributes, &words, environ)
      guard error == 0 else { throw startFailure(error) }
      return starter
    }
  }

  private static func startFailure(_ error: CInt) -> Failure {
    Failure(message: "cannot start a process: \(String(cString: strerror(error)))", status: Failure.Status.library)
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
