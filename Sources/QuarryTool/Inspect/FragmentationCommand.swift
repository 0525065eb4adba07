// `quarry fragmentation`: where every resident byte of a heap is.

import ArgumentParser
import Inspection

struct FragmentationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fragmentation",
    abstract: "Show where every resident byte of a program's heap is, and why.",
    discussion: """
      The parts add up to the resident bytes of Quarry's mappings. The ratio of the headline is resident bytes to \
      bytes of live blocks. Free blocks come with the kernel's two indices: 'unusable' is the share of the free pages \
      in blocks too small for the order; the fragmentation index tells for a request that would fail whether lack of \
      memory (towards 0) or fragmentation (towards 1) is the reason, and is -1 where it would not fail.
      """)
  @OptionGroup var options: TargetOptions

  func run() throws {
    let report = Fragmentation(try options.reader().snapshot([.residency, .slabPages]))
    try options.show(report, text: report.text)
  }
}
