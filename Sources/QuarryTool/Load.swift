// Load: waits until a server listens, runs a client against it, and tells the server to end.

import FoundationEssentials
import Glibc
import Inspection
import SystemPackage

struct Load {
  private enum State {
    case waiting
    case running(pid_t, since: Double)
    case over
  }

  private let command: String
  private var state = State.waiting
  /// When the server was told to end; nil before.
  private(set) var endedAt: Double?
  /// How long the client ran; nil when it did not.
  private(set) var seconds: Double?
  /// What went wrong so far: that the client has not run, until it has.
  private(set) var failure: String? = "the server ended before it listened"
  var isOver: Bool { if case .over = state { true } else { false } }

  /// Seconds that a server has to listen, and then, when it is told to end.
  private static let patience = (start: 60.0, end: 20.0)

  init(_ command: String) { self.command = command }

  /// Does what is due. Called again and again while the server runs.
  /// - Parameter processes: the server's process and those that it started, each of which may be the one that listens.
  mutating func drive(_ processes: [pid_t], _ now: Double) {
    switch state {
    case .waiting:
      if processes.contains(where: Sockets.isListening) {
        start(processes, now)
      } else if now > Self.patience.start {
        end(processes, now, failure: "the server did not listen within \(Int(Self.patience.start)) seconds")
      }
    case .running(let client, let since):
      var status: CInt = 0
      guard waitpid(client, &status, WNOHANG) == client else { return }
      seconds = now - since
      switch Ending(waitStatus: status) {
      case .status(0): end(processes, now, failure: nil)
      case .status(let status): end(processes, now, failure: "the load ended with status \(status)")
      case .signal(let number): end(processes, now, failure: "the load ended by signal \(number)")
      }
    case .over:
      if now > (endedAt ?? now) + Self.patience.end { for process in processes { kill(process, SIGKILL) } }
    }
  }

  /// Ends the client, should it still run: the server is gone.
  mutating func stop() {
    guard case .running(let client, _) = state else { return }
    kill(client, SIGTERM)
    while waitpid(client, nil, 0) < 0 && errno == EINTR {}
    state = .over
  }

  private mutating func start(_ processes: [pid_t], _ now: Double) {
    failure = "the server ended before its load did"
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    // Nothing of ours stays blocked in it.
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var client = pid_t()
    let error = posix_spawn(&client, "/bin/sh", &actions, &attributes, words, environ)
    if error == 0 {
      state = .running(client, since: now)
    } else {
      end(processes, now, failure: "the load cannot be started: \(String(cString: strerror(error)))")
    }
  }

  /// Tells all to end: a shell that started the server would not hand the signal on.
  private mutating func end(_ processes: [pid_t], _ now: Double, failure: String?) {
    self.failure = failure
    endedAt = now
    state = .over
    for process in processes { kill(process, SIGTERM) }
  }
}

/// Sockets of processes, as /proc tells them.
enum Sockets {
  /// Whether a process waits for connections.
  static func isListening(_ process: pid_t) -> Bool {
    let folder = "/proc/\(process)/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let links = names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
    let own = Set(links.filter { $0.hasPrefix("socket:[") }.map { String($0.dropFirst(8).dropLast()) })
    if own.isEmpty { return false }
    return ["tcp", "tcp6", "unix"].contains { table in
      let text = (try? FileDescriptor.readAll(FilePath("/proc/\(process)/net/\(table)"))) ?? []
      return !own.isDisjoint(with: listening(in: String(decoding: text, as: UTF8.self), isUnix: table == "unix"))
    }
  }

  /// The inodes of the sockets in a table that wait for connections.
  static func listening(in table: String, isUnix: Bool) -> [String] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let words = line.split(separator: " ")
      // Of TCP, state 0A; of local sockets, the flag that connections are accepted.
      if isUnix { return words.count > 6 && words[3] == "00010000" ? String(words[6]) : nil }
      return words.count > 9 && words[3] == "0A" ? String(words[9]) : nil
    }
  }
}
