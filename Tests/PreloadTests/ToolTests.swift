// The library together with tools that look into a program, or read what it writes.

import TestSupport
import Testing

@Suite("Tools")
struct ToolTests {
  /// Valgrind leaves a preloaded allocator in place, and gives it fewer addresses than a machine does.
  @Test func runsUnderValgrind() throws {
    let program = try Tools.compile(Program.root + "Family/model.c", flags: ["-I", Program.root])
    var command = Command(
      try Tools.find("valgrind", package: "valgrind"),
      ["--quiet", "--error-exitcode=99", program, "1", "14", "3000"])
    command.environment = try Library.preloaded()
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
  }

  @Test func malloc_infoIsWellFormed() throws {
    let program = try Tools.compile(Program.root + "Helpers/writes_info.c", flags: ["-I", Program.root])
    let information = try Command(program, environment: Library.preloaded()).run()
    #expect(information.ending == .exit(0), "\(information)")
    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "-"])
    reader.input = information.output
    let outcome = try reader.run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome) of \(information.output)")
  }
}
