// `quarry map`: the zone as a picture.

import ArgumentParser
import Inspection
import SystemPackage

struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Draw a program's heap, page by page.",
    discussion: """
      With --output, an SVG or an HTML file by the name's ending; HTML needs no network, and tells what is under the \
      pointer. Without, a rough picture for the terminal, or with --json what the page shows. Each says how far it may \
      be off when the process worked meanwhile.
      """)
  @OptionGroup var options: TargetOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write, .svg or .html.", valueName: "file"))
  var output: String?

  private var form: String? { output.map { FilePath($0).extension?.lowercased() ?? "" } }

  func validate() throws {
    if let form, form != "svg", form != "html" {
      throw ValidationError("'\(output!)' is no picture that can be written: give a name that ends in .svg or .html")
    }
    if output != nil, options.json { throw ValidationError("--output and --json write different things: give one") }
  }

  func run() throws {
    // A place that cannot be written is refused before a command is run.
    let file = try output.map { try ReportFile($0) }
    let picture = ZonePicture(try options.reader().snapshot([.residency, .freeObjects]))
    guard let file else {
      if options.json { return try printToStandardOutput(picture.json() + "\n") }
      let (columns, lines) = Terminal.size ?? (100, 50)
      try printToStandardOutput(picture.text(columns: columns, lines: max(8, lines - 4)))
      return
    }
    try file.write(form == "svg" ? picture.svg : picture.html())
  }
}
