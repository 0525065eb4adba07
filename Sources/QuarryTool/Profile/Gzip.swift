// Gzip: compression by the program of that name, which every system has.

import Glibc

enum Gzip {
  /// Bytes to which a file may expand: many times as many as the largest profiles have, and few enough for memory.
  static let limit = 64 << 20

  /// - Throws: `Failure` when the program is not there.
  static func compress(_ bytes: [UInt8]) throws -> [UInt8] { try run(["gzip", "-nc"], bytes, "compress") }

  /// - Throws: `Failure` when the bytes are not compressed, are damaged, or would be too many.
  static func expand(_ bytes: [UInt8]) throws -> [UInt8] { try run(["gzip", "-dc"], bytes, "expand") }

  /// Runs a command from a file without a name, so that it never waits for this process to write, to a pipe.
  private static func run(_ words: [String], _ bytes: [UInt8], _ verb: String) throws -> [UInt8] {
    guard let input = tmpfile() else { throw failure("cannot make a temporary file") }
    defer { fclose(input) }
    guard fwrite(bytes, 1, bytes.count, input) == bytes.count, fflush(input) == 0 else {
      throw failure("cannot write a temporary file")
    }
    rewind(input)
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure("cannot make a pipe") }
    defer { close(ends[0]) }
    let child: pid_t
    do {
      defer { close(ends[1]) }
      child = try start(words, input: fileno(input), output: ends[1], unused: ends[0])
    }
    let content = read(ends[0])
    if content == nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard let content else {
      throw Failure.inspection("it expands to more than \(limit >> 20) MiB, as no profile does")
    }
    guard status == 0 else { throw Failure.inspection("gzip cannot \(verb) it") }
    return content
  }

  private static func start(_ words: [String], input: CInt, output: CInt, unused: CInt) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    for descriptor in [input, output, unused] where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    let arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let error = posix_spawnp(&child, words[0], &actions, nil, arguments, environ)
    guard error == 0 else {
      throw Failure.inspection("cannot run gzip: \(String(cString: strerror(error))); install the package gzip")
    }
    return child
  }

  /// All that comes; nil when it is more than the limit.
  private static func read(_ pipe: CInt) -> [UInt8]? {
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(pipe, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return content }
      content += piece[..<count]
      if content.count > limit { return nil }
    }
  }

  private static func failure(_ what: String) -> Failure {
    Failure.inspection("\(what): \(String(cString: strerror(errno)))")
  }
}
