// Screen: the terminal's second page, with keys that come one by one, until it is closed. The terminal is as it was after
// any end that the process can do something about.

import Glibc

/// What the terminal was like; for the signal handler.
nonisolated(unsafe) private var savedSettings = termios()

final class Screen {
  private var isOpen = true

  init() {
    tcgetattr(STDIN_FILENO, &savedSettings)
    var raw = savedSettings
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        Screen.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    Self.send("\u{1b}[?1049h\u{1b}[?25l")
  }

  /// Shows lines in place of what is there.
  func show(_ lines: [String]) {
    // Cleared before, since behind a line as wide as the terminal its last character would go.
    Self.send("\u{1b}[H" + lines.map { "\u{1b}[K" + $0 }.joined(separator: "\n") + "\u{1b}[J")
  }

  func close() {
    if !isOpen { return }
    isOpen = false
    Self.restore()
  }

  private static func restore() {
    send("\u{1b}[?25h\u{1b}[?1049l")
    tcsetattr(STDIN_FILENO, TCSANOW, &savedSettings)
  }

  private static func send(_ text: StaticString) { _ = write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
  private static func send(_ text: String) { _ = text.withCString { write(STDOUT_FILENO, $0, strlen($0)) } }
}
