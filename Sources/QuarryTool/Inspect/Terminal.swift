// The terminal behind standard output: its size, and whether there is one.

import CInspection
import Glibc

enum Terminal {
  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns and lines; nil when standard output is no terminal.
  static var size: (columns: Int, lines: Int)? {
    var columns: UInt16 = 0
    var lines: UInt16 = 0
    guard isThere, quarry_terminal_size(STDOUT_FILENO, &columns, &lines) == 0, columns > 0, lines > 0 else {
      return nil
    }
    return (Int(columns), Int(lines))
  }
}
