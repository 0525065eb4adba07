// The `quarry` command. Each subcommand has a file of its own, `<Name>Command.swift`; what they share, and
// what can be tested without running anything, is in files named after the thing they describe.

import ArgumentParser
import Inspection

@main
struct QuarryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quarry",
    abstract: "Run programs on the Quarry memory allocator, and look into their heaps.",
    subcommands: [
      RunCommand.self, SlabInfoCommand.self, BuddyInfoCommand.self, PageTypeInfoCommand.self, ZoneInfoCommand.self,
      MemInfoCommand.self, FragmentationCommand.self, WhyCommand.self, MetricsCommand.self, MapCommand.self,
      TopCommand.self, LeaksCommand.self, ProfileCommand.self, CompareCommand.self, TraceCommand.self,
      ManualCommand.self,
    ])

  /// What the arguments ask for. To know all commands with all their options takes a good part of a short look's time, which
  /// is taken from programs that are at work; so the one that is named comes first, unless it has a mistake or needs help,
  /// of which the whole tells in its own name.
  private static func parseNamed() throws -> any ParsableCommand {
    let words = CommandLine.arguments.dropFirst()
    let named = configuration.subcommands.first {
      $0.configuration.commandName == words.first && $0.configuration.subcommands.isEmpty
    }
    // Asked for help, it becomes the command that gives it.
    if let named, let command = try? named.parseAsRoot(Array(words.dropFirst())), type(of: command) == named {
      return command
    }
    return try parseAsRoot()
  }

  /// The command whose help tells more: as far as the first words name one, `quarry trace replay`.
  private static var namedCommand: String {
    var (name, type) = ("quarry", self as any ParsableCommand.Type)
    for word in CommandLine.arguments.dropFirst() {
      guard let named = type.configuration.subcommands.first(where: { $0.configuration.commandName == word }) else {
        break
      }
      (name, type) = ("\(name) \(word)", named)
    }
    return name
  }

  /// Reports every error as one line and an exit status, where ArgumentParser would print its usage as well.
  static func main() {
    do {
      var command = try parseNamed()
      try command.run()
    } catch let failure as Failure {
      failure.exit()
    } catch let error as InspectionError {
      Failure.inspection(error.description).exit()
    } catch {
      if exitCode(for: error).isSuccess { exit(withError: error) }  // Help, which is printed in full.
      Failure.parsing(message(for: error), of: namedCommand).exit()
    }
  }
}
