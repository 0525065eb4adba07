// Real programs on the library: one bash script each, in Programs/, which says what it does and verifies
// results.
//
// A script by hand: `Tests/ProgramTests/Programs/redis.sh`, on the release build or on QUARRY_LIBRARY.

import Foundation
import TestSupport
import Testing

/// One after the other: several of them keep every processor busy or listen on ports.
@Suite("Programs", .serialized)
struct ProgramTests {
  @Test("A program on the library", .timeLimit(.minutes(15)), arguments: ProgramScript.all)
  func runs(_ script: ProgramScript) throws {
    let outcome = try script.run()
    switch outcome.ending {
    case .exit(ProgramScript.skippedStatus) where !ProgramScript.allAreRequired:
      try Test.cancel("\(script): \(outcome.errors)")
    default:
      #expect(outcome.ending == .exit(0), "\(script)\n\(ProgramScript.end(of: outcome))")
    }
    // The dynamic linker goes on without a library that it cannot preload.
    #expect(!(outcome.output + outcome.errors).contains("cannot be preloaded"), "\(script): \(outcome)")
  }
}

struct ProgramScript: CustomTestStringConvertible, CustomStringConvertible, Sendable {
  let name: String

  var description: String { name }
  var testDescription: String { name }

  static let folder = Library.packageRoot + "/Tests/ProgramTests/Programs"
  static let all: [ProgramScript] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { $0.hasSuffix(".sh") }
    .sorted()
    .map { ProgramScript(name: String($0.dropLast(3))) }

  /// What a script returns whose program is not installed or not usable here.
  static let skippedStatus: Int32 = 77
  /// QUARRY_REQUIRE_PROGRAMS=1: a skipped script is a failure.
  static let allAreRequired = variable("QUARRY_REQUIRE_PROGRAMS") == "1"

  /// Ends the script at a deadline early enough for it to clean up; all is killed if it does not.
  func run() throws -> Outcome {
    let path = "\(Self.folder)/\(name).sh"
    var command = Command("timeout", ["--kill-after=20", "\(Self.deadline)", "bash", path])
    command.deadline = .seconds(Self.deadline + 30)
    command.environment["QUARRY_LIBRARY"] = try Library.path()
    for name in ["QUARRY_FULL", "JAVA_HOME", "SHELL", "USER", "LD_LIBRARY_PATH"] {
      command.environment[name] = Self.variable(name)
    }
    return try command.run()
  }

  /// Seconds.
  private static let deadline = 570

  /// The last lines of what a script wrote.
  static func end(of outcome: Outcome) -> String {
    let lines = (outcome.outputLines + outcome.errorLines).suffix(60).joined(separator: "\n")
    return outcome.ending == .exit(124) ? "\(lines)\nIt took more than \(deadline) s." : "\(outcome.ending)\n\(lines)"
  }

  private static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
