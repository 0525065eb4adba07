// `quarry manual`: the command's manual page, made of the same texts as its help.

import ArgumentParser

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual page, for 'man -l' and for who installs the command.",
    shouldDisplay: false)

  func run() throws {
    let root = QuarryCommand.configuration
    var lines = [
      #".\" Made by 'quarry manual'."#, #".TH QUARRY 1 "" "Quarry" "User Commands""#, ".ad l", ".SH NAME",
      "quarry \\- \(Self.escaped(Self.phrase(root.abstract)))", ".SH SYNOPSIS", ".B quarry", ".I subcommand",
      "[\\fIargument\\fR ...]", ".SH DESCRIPTION", Self.escaped(root.abstract), ".SH SUBCOMMANDS",
    ]
    for command in root.subcommands where command.configuration.shouldDisplay { lines += Self.section(command) }
    lines += [
      ".SH EXIT STATUS",
      "0, or 1 when a target cannot be read or a file not be written, 2 for wrong usage. run, profile and trace record",
      "end as the command that they run does, with 126 when it cannot be executed and 127 when it is not found. Since 1",
      "may be a command's, run, compare, and profile of a command end with 125 when a file cannot be written, and all",
      "that run one when the library cannot be used.",
      ".SH SEE ALSO", ".BR slabtop (1),", ".BR proc (5),", ".BR malloc (3)",
    ]
    try printToStandardOutput(lines.joined(separator: "\n") + "\n")
  }

  private static func section(_ command: any ParsableCommand.Type) -> [String] {
    let parts = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
    let name = command._commandName
    return [".SS \(name)"] + literal(help(command))
      + parts.flatMap { part in
        [".SS \(name) \(part._commandName)"] + literal(help(part))
      }
  }

  private static func help(_ command: any ParsableCommand.Type) -> String {
    QuarryCommand.helpMessage(for: command, columns: 76)
  }

  private static func literal(_ text: String) -> [String] {
    [".nf"] + text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) } + [
      ".fi"
    ]
  }

  /// Without the full stop, and with a small letter: what a manual's list of names has.
  private static func phrase(_ sentence: String) -> String {
    let text = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// A line in which nothing is a request or an escape, of letters that every terminal has.
  private static func escaped(_ line: String) -> String {
    let marks = [("\\", "\\e"), ("-", "\\-"), ("…", "...")]
    let text = marks.reduce(line) { $0.replacing($1.0, with: $1.1) }
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}
