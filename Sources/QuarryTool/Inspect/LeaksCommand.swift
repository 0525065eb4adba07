// `quarry leaks`: live blocks that nothing points to.

import ArgumentParser
import Inspection

struct LeaksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaks", abstract: "Find blocks of a program that nothing points to any more.",
    discussion: """
      The process is stopped while its memory is copied, for some milliseconds a MiB, and then goes on; nothing \
      needs to be prepared. Whatever looks like a pointer counts as one, so a leak may be overlooked, but what is shown \
      can be reached by no plain pointer. Direct leaks are those that no other leaked block points to.
      """)
  @OptionGroup var options: TargetOptions

  func run() throws {
    let leaks = try Leaks.find(options.open())
    try options.show(leaks, text: leaks.text)
  }
}
