// Screen: the terminal's second page, with keys that come one by one, until it is closed. The terminal is as it was after
// any end that the process can do something about.

import Glibc

/// What the terminal was like; for the signal handler.
nonisolated(unsafe) private var savedSettings = termios()
/// Whether the terminal's key wants this process to stop; from the signal handler.
nonisolated(unsafe) private var isToStop = false

final class Screen {
  /// The signals that are blocked but while a key is waited for.
  private var savedMask = sigset_t()
  /// The key that draws again what is there, as in other programs: Ctrl-L.
  static let redraw: Character = "\u{c}"

  private var isOpen = true

  init() {
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      signal(number) { number in
        Screen.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    // These interrupt who waits for a key, and nobody else: so none is missed that comes a moment before.
    signal(SIGWINCH) { _ in }
    signal(SIGTSTP) { _ in isToStop = true }
    var interrupting = sigset_t([SIGWINCH, SIGTSTP])
    sigprocmask(SIG_BLOCK, &interrupting, &savedMask)
    open()
  }

  private func open() {
    tcgetattr(STDIN_FILENO, &savedSettings)
    var raw = savedSettings
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    Self.send("\u{1b}[?1049h\u{1b}[?25l")
  }

  /// Stops this process, with the terminal as it was, until it is told to go on.
  private func stop() {
    isToStop = false
    Self.restore()
    signal(SIGTSTP, SIG_DFL)
    Job.stop(by: SIGTSTP)
    signal(SIGTSTP) { _ in isToStop = true }
    open()
  }

  /// The next key, or that to redraw when the terminal has another size; nil when none comes for so many milliseconds.
  func key(within milliseconds: Int32) -> Character? {
    var keys = fd_set()
    keys.__fds_bits.0 = 1 << STDIN_FILENO
    var limit = timespec(tv_sec: Int(milliseconds) / 1000, tv_nsec: Int(milliseconds) % 1000 * 1_000_000)
    let found = pselect(STDIN_FILENO + 1, &keys, nil, nil, &limit, &savedMask)
    if found < 0 && errno == EINTR {
      if isToStop { stop() }
      return Screen.redraw
    }
    guard found > 0 else { return nil }
    var byte: UInt8 = 0
    return read(STDIN_FILENO, &byte, 1) == 1 ? Character(UnicodeScalar(byte)) : "q"
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
