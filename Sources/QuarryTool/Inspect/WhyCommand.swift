// `quarry why`: what is at an address.

import ArgumentParser
import Inspection

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Say what is at an address of a program: cache, slab, object, live or free.",
    discussion: """
      Of blocks that are samples of the heap profile, the functions are named that led to their allocation. With \
      QUARRY_OPTIONS=sample=1 nearly every block is one.
      """)
  @OptionGroup var options: TargetOptions

  @Argument(help: ArgumentHelp("Addresses, in hexadecimal with or without 0x.", valueName: "address"))
  var addresses: [String] = []

  /// Where the target is a command after the addresses, the first word is one of these.
  mutating func validate() throws {
    if !options.command.isEmpty, let first = options.target {
      addresses.insert(first, at: 0)
      options.target = nil
    }
    if addresses.isEmpty { throw ValidationError("give an address, for example 0x3000001070") }
  }

  func run() throws {
    let numbers = try addresses.map { text in
      let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
      guard let number = UInt(digits, radix: 16) else {
        throw Failure.inspection("'\(text)' is no address: give it in hexadecimal, for example 0x3000001070")
      }
      return number
    }
    let reader = try options.reader()
    let snapshot = try reader.snapshot([.freeObjects, .stacks])
    let mappings = try reader.source.mappings()
    let sites = CallSites(snapshot, reader.source, mappings)
    let reports = numbers.map { number in
      WhyReport(snapshot, number, mapping: mappings.first { $0.range.contains(number) }, sites: sites)
    }
    try options.show(reports, text: reports.map(\.text).joined())
    if let words = snapshot.bounds.wordsOnPlaces { printToStandardError("quarry: \(words)\n") }
  }
}
