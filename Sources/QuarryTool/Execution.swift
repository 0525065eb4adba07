// Turns the process into the command, or says in a shell's terms why that failed.

import Glibc
import SystemPackage

enum Execution {
  /// Replaces this process by the command.
  /// - Returns: only when that failed, the reason.
  static func replaceProcess(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Failure {
    execvp(arguments[0]!, arguments)
    return failure(errno, command: String(cString: arguments[0]!))
  }

  static func failure(_ error: CInt, command: String) -> Failure {
    let place = CommandPlace(
      command: command, searchPath: environmentValue("PATH"),
      kind: { path in
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
      })
    return failure(error, command: command, place: place)
  }

  static func failure(_ error: CInt, command: String, place: CommandPlace) -> Failure {
    switch (error, place) {
    case (ENOENT, .missing), (ENOTDIR, .missing):
      let wanted = command.contains("/") ? "no such file" : "no such command in PATH"
      return Failure(message: "cannot run '\(command)': \(wanted)", status: Failure.Status.notFound)
    case (ENOENT, .file(let path)):
      return cannotExecute(command, "the interpreter that \(path) names does not exist")
    case (EACCES, .directory(let path)):
      return cannotExecute(command, "\(path) is a directory; give a program")
    case (EACCES, .file(let path)):
      return cannotExecute(command, "\(path) may not be executed; try 'chmod +x'")
    default:
      return cannotExecute(command, "\(Errno(rawValue: error))")
    }
  }

  private static func cannotExecute(_ command: String, _ reason: String) -> Failure {
    Failure(message: "cannot run '\(command)': \(reason)", status: Failure.Status.notExecutable)
  }
}

/// What is there under a command's name, as far as an error message needs it.
enum CommandPlace: Equatable {
  case missing
  case file(String)
  case directory(String)

  enum Kind { case file, directory }

  /// - Parameter kind: what is at a path, nil for nothing.
  init(command: String, searchPath: String?, kind: (String) -> Kind?) {
    var candidates = [command]
    if !command.contains("/") {
      candidates = (searchPath ?? "/bin:/usr/bin")
        .split(separator: ":", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? command : "\($0)/\(command)" }
    }
    if command.isEmpty {
      self = .missing
    } else if let file = candidates.first(where: { kind($0) == .file }) {
      self = .file(file)
    } else if let directory = candidates.first(where: { kind($0) == .directory }) {
      self = .directory(directory)
    } else {
      self = .missing
    }
  }
}
