// The tool as the tests run it, what they make of its answers, and programs for it to watch.

import Foundation
import TestSupport
import Testing

func quarry(_ arguments: [String]) throws -> Command {
  let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
  var command = Command(folder + "/quarry-tool", arguments)
  command.deadline = .seconds(300)
  return command
}

/// A file of JSON.
func object(_ path: String) throws -> [String: Any] {
  try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
}

/// The gaps of a report, in seconds.
func gaps(_ object: Any?) -> [(from: Double, to: Double)] {
  (object as? [[String: Double]] ?? []).map { ($0["from"] ?? -1, $0["to"] ?? -1) }
}

enum Watched {
  /// A program that frees every other block, and ends without freeing the others.
  static let program = """
    import os
    kept = [bytes(2000) for _ in range(20000)]
    del kept[::2]
    os._exit(0)
    """

  /// In Python: waits until the tool, a process by its number, has looked at all that there is now. Between two looks it
  /// waits itself.
  static let waitForLooks = """
    import os
    def wait_for_looks(tool):
      def waits():
        lines = open(f"/proc/{tool}/status").read().splitlines()
        return int([line for line in lines if line.startswith("voluntary")][0].split()[1])
      first = waits()
      while waits() < first + 9: os.sched_yield()
    """

  /// A command that keeps the tool from looking for at least 0.3 s.
  static let unseen = [
    "/usr/bin/python3", "-c",
    """
    import os, signal, time
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(0.3)
    os.kill(os.getppid(), signal.SIGCONT)
    """,
  ]
}
