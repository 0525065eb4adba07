// Gzip: compression by the program of that name, which every system has.

import Glibc

enum Gzip {
  /// - Throws: `Failure` when the program is not there.
  static func compress(_ bytes: [UInt8]) throws -> [UInt8] { try run(["gzip", "-nc"], bytes) }

  /// - Throws: `Failure` when the bytes are not compressed, or damaged.
  static func expand(_ bytes: [UInt8]) throws -> [UInt8] { try run(["gzip", "-dc"], bytes) }

  /// Runs a command from one file without a name to another: neither end has to wait for the other.
  private static func run(_ words: [String], _ bytes: [UInt8]) throws -> [UInt8] {
    guard let input = tmpfile(), let output = tmpfile() else {
      throw Failure.library("cannot make a temporary file: \(String(cString: strerror(errno)))")
    }
    defer {
      fclose(input)
      fclose(output)
    }
    guard fwrite(bytes, 1, bytes.count, input) == bytes.count, fflush(input) == 0 else {
      throw Failure.library("cannot write a temporary file: \(String(cString: strerror(errno)))")
    }
    rewind(input)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, fileno(input), 0)
    posix_spawn_file_actions_adddup2(&actions, fileno(output), 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let error = posix_spawnp(&child, words[0], &actions, nil, arguments, environ)
    guard error == 0 else {
      throw Failure.library("cannot run gzip: \(String(cString: strerror(error))); install the package gzip")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw Failure.library("gzip cannot \(words[1] == "-dc" ? "expand" : "compress") it") }
    return read(output)
  }

  private static func read(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
    fseek(file, 0, SEEK_END)
    let count = ftell(file)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      read = fread(buffer.baseAddress, 1, count, file)
    }
  }
}
