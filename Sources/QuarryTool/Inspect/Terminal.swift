// The terminal behind standard output, its size and whether there is one; and the line of progress behind standard error.

import CInspection
import Glibc

enum Terminal {
  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }
  static var hasKeys: Bool { isatty(STDIN_FILENO) == 1 }

  /// Columns and lines; nil when standard output is no terminal.
  static var size: (columns: Int, lines: Int)? {
    guard let size = size(of: STDOUT_FILENO), size.columns > 0, size.lines > 0 else { return nil }
    return size
  }

  /// Zeroes where the terminal does not know; nil where there is none.
  private static func size(of descriptor: CInt) -> (columns: Int, lines: Int)? {
    var columns: UInt16 = 0
    var lines: UInt16 = 0
    guard quarry_terminal_size(descriptor, &columns, &lines) == 0 else { return nil }
    return (Int(columns), Int(lines))
  }

  /// Shows a line of progress in place of the last one, as much of it as is one line; an empty one takes it away.
  static func showProgress(_ line: String) {
    let columns = size(of: STDERR_FILENO)?.columns ?? 0
    printToStandardError("\r\u{1b}[K\(columns > 0 ? line.prefix(columns - 1) : line[...])")
  }
}
