// Command: runs one program to its end, under a deadline, and keeps all that it said.
//
// It calls posix_spawn itself, since Foundation's Process neither enforces a deadline nor reports what the
// program used. Output goes to files, so a program that writes much never waits for its reader.

import Glibc

/// A program to run, with all that it is given.
public struct Command: Sendable {
  /// A path, or a name to look up in PATH.
  public var executable: String
  public var arguments: [String]
  /// The whole environment of the program: nothing is inherited. See ``plainEnvironment``.
  public var environment: [String: String]
  /// What the program reads on standard input; empty means end of file at once.
  public var input = ""
  /// Working directory; nil is the runner's own.
  public var directory: String?
  /// When it is over, the program and its process group are killed, and the outcome says `.timedOut`.
  public var deadline: Duration = .seconds(300)
  /// Soft limits of the program, as the options of the shell's `ulimit`: `["v": 65536]` is 64 MiB of addresses.
  public var limits: [String: Int] = [:]

  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = plainEnvironment
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
  }

  /// PATH, HOME and TMPDIR of the runner and the C locale, so that a run depends on nothing else.
  public static let plainEnvironment: [String: String] = {
    var environment = ["LC_ALL": "C"]
    for name in ["PATH", "HOME", "TMPDIR"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    return environment
  }()

  /// Runs the program and waits for its end. Whatever it left running in its process group is killed then.
  public func run() throws -> Outcome {
    _ = noCoreFiles
    let scratch = try Scratch.folder()
    defer { Scratch.remove(scratch) }
    let inputFile = scratch + "/input"
    try Scratch.write(input, to: inputFile)

    let child = try spawn(input: inputFile, output: scratch + "/output", errors: scratch + "/errors")
    let timedOut = try !waitForEnd(of: child)
    kill(-child, SIGKILL)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
    return Outcome(
      ending: timedOut ? .timedOut : Outcome.Ending(status),
      output: try Scratch.read(scratch + "/output"),
      errors: try Scratch.read(scratch + "/errors"),
      peakMemory: usage.ru_maxrss * 1024,
      processorTime: Duration(usage.ru_utime) + Duration(usage.ru_stime))
  }

  private func spawn(input: String, output: String, errors: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)

    // A process group of its own, so that the deadline reaches its children too; signals as a shell gives them.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let (path, words, variables) = launch
    var child = pid_t()
    let failure = withCStrings(words) { arguments in
      withCStrings(variables.map { "\($0)=\($1)" }) { environment in
        posix_spawnp(&child, path, &actions, &attributes, arguments, environment)
      }
    }
    guard failure == 0 else {
      throw Failure("cannot start \(executable): \(String(cString: strerror(failure)))")
    }
    return child
  }

  /// What is really started: limits and the working directory are set by a shell that becomes the program. The
  /// shell itself runs without the environment, so that a preloaded library meets the limits in the program alone.
  private var launch: (path: String, words: [String], environment: [String: String]) {
    guard !limits.isEmpty || directory != nil else {
      return (executable, [executable] + arguments, environment)
    }
    let settings = limits.sorted { $0.key < $1.key }.map { "ulimit -S\($0.key) \($0.value) && " }.joined()
    let script = #"cd "$1" && shift && \#(settings) exec env -i "$@""#
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let words = ["sh", "-c", script, "sh", directory ?? "."] + variables + [executable] + arguments
    return ("/bin/sh", words, Command.plainEnvironment)
  }

  /// Whether the process ended within the deadline. It is not reaped yet, so its number is still its own.
  private func waitForEnd(of child: pid_t) throws -> Bool {
    let handle = pidDescriptor(child)
    guard handle >= 0 else {
      let reason = String(cString: strerror(errno))
      kill(-child, SIGKILL)
      waitpid(child, nil, 0)
      throw Failure("pidfd_open: \(reason) (Linux 5.3 or newer is needed)")
    }
    defer { close(handle) }
    let clock = ContinuousClock()
    let end = clock.now + deadline
    while clock.now < end {
      let left = (end - clock.now).components
      var request = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
      if poll(&request, 1, Int32(clamping: milliseconds)) > 0 { return true }
    }
    return false
  }
}

/// What came of a run.
public struct Outcome: Sendable {
  public enum Ending: Equatable, Sendable {
    case exit(Int32)
    case signal(Int32)
    case timedOut

    init(_ status: Int32) {
      self = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
    }
  }

  public let ending: Ending
  public let output: String
  public let errors: String
  /// Largest resident size in bytes, of the program or one of the children that it waited for.
  public let peakMemory: Int
  public let processorTime: Duration

  public var outputLines: [String] { output.split(separator: "\n").map(String.init) }
  public var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}

extension Outcome: CustomStringConvertible {
  public var description: String {
    "\(ending)\n--- standard output\n\(output)--- standard error\n\(errors)---"
  }
}

/// A reason, for people, why a test could not do its work.
public struct Failure: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// Programs that abort on purpose would leave core files.
private let noCoreFiles: Void = {
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
}()

/// A descriptor that becomes readable when the process ends. Called by number, since older C libraries have no
/// function for it, and by dlsym, since Swift imports no variadic functions.
private func pidDescriptor(_ process: pid_t) -> Int32 {
  typealias SystemCall = @convention(c) (Int, Int, Int) -> Int
  let pidfdOpen = 434  // the same number on every architecture
  let call = unsafeBitCast(dlsym(nil, "syscall"), to: SystemCall.self)
  return Int32(call(pidfdOpen, Int(process), 0))
}

private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}

extension Duration {
  fileprivate init(_ time: timeval) { self = .seconds(time.tv_sec) + .microseconds(Int64(time.tv_usec)) }
}
