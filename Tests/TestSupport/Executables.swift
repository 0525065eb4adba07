// Executables: programs and scripts that a test writes and then runs. What this process has open for writing, the children
// that other tests start at that moment have open too, for as long as they are no other program yet, and who runs the file
// then is told "Text file busy". So another process writes it.

public enum Executables {
  /// Writes a script.
  public static func write(_ text: String, to path: String) throws {
    var install = Command("/usr/bin/install", ["-m", "755", "/dev/stdin", path])
    install.input = text
    try check(install)
  }

  /// Copies a program or script.
  public static func copy(_ source: String, to path: String) throws {
    try check(Command("/usr/bin/install", ["-m", "755", source, path]))
  }

  private static func check(_ install: Command) throws {
    let outcome = try install.run()
    if outcome.ending != .exit(0) { throw Failure("no executable could be written: \(outcome)") }
  }
}
