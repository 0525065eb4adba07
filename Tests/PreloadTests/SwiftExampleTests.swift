// The Swift module of the kernel interface, as a program uses it that links with the library.

import Foundation
import TestSupport
import Testing

@Suite("Swift module")
struct SwiftExampleTests {
  @Test func theExampleBuildsAndRuns() throws {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    let module = Library.packageRoot + "/Sources/QuarryKernel"
    let sources = try FileManager.default.contentsOfDirectory(atPath: module).map { module + "/" + $0 }
    let headers = ["-I", Library.packageRoot + "/Sources/CQuarry"]
    try compile(
      ["-parse-as-library", "-wmo", "-module-name", "QuarryKernel", "-emit-module", "-emit-object"] + headers + sources
        + ["-o", folder + "/QuarryKernel.o", "-emit-module-path", folder + "/QuarryKernel.swiftmodule"])
    let library = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    try compile(
      [Program.root + "Kernel/example_slab_cache.swift", folder + "/QuarryKernel.o", "-I", folder] + headers
        + ["-L", library, "-Xlinker", "-rpath", "-Xlinker", library, "-o", folder + "/example"])
    let outcome = try Command(folder + "/example").run()
    #expect(outcome.ending == .exit(0))
    #expect(outcome.outputLines == ["42 the first of all the nodes", "499500", "true 64", "done"])
    #expect(outcome.errors == "")
  }

  private func compile(_ arguments: [String]) throws {
    var command = try Command(Tools.find("swiftc", package: "swift"), ["-O"] + arguments)
    command.deadline = .seconds(300)
    let outcome = try command.run()
    guard outcome.ending == .exit(0) else { throw Failure("swiftc: \(outcome)") }
  }
}
