// What scripts/install puts in place besides the library: the manual page and the shells' completions.

import Foundation
import TestSupport
import Testing

@Suite("Installed command")
struct InstallTests {
  private func installation(in folder: String) -> Command {
    var command = Command(Library.packageRoot + "/scripts/install", ["--prefix", "/usr"])
    command.environment["DESTDIR"] = folder
    return command
  }

  private func install() throws -> String {
    let folder = try Scratch.folder()
    let outcome = try installation(in: folder).run()
    guard outcome.ending == .exit(0), outcome.output.isEmpty, outcome.errors.isEmpty else {
      throw Failure("\(outcome)")
    }
    return folder + "/usr"
  }

  @Test func theManualPageHasEveryCommandAndNoErrors() throws {
    let folder = try install()
    let man = try Command(
      Tools.find("man", package: "man-db"),
      ["--warnings=w", "--encoding=ascii", "-l", "\(folder)/share/man/man1/quarry.1"]
    ).run()
    #expect(man.ending == .exit(0) && man.errors.isEmpty, "\(man)")
    #expect(man.output.contains("quarry - run programs on the Quarry memory allocator"), "\(man.output.prefix(800))")
    let help = try Command("\(folder)/bin/quarry", ["--help"]).run()
    let commands = help.outputLines.drop { $0 != "SUBCOMMANDS:" }.dropFirst()
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }.map {
        $0.split(separator: " ")[0]
      }
    #expect(commands.count > 10, "\(help)")
    for command in commands {
      #expect(man.outputLines.contains { $0.trimmingCharacters(in: .whitespaces) == command }, "\(command)")
    }
    #expect(man.output.contains("--report <file>") && man.output.contains("--listen <port>"))
  }

  /// It starts without Swift's libraries, of which it needs a part each time, and which need not be installed.
  @Test func theCommandBringsItsRuntime() throws {
    let tool = try install() + "/bin/quarry"
    let dynamic = try Command(Tools.find("readelf", package: "binutils"), ["-d", tool]).run()
    let needed = dynamic.outputLines.filter { $0.contains("(NEEDED)") }
    #expect(needed.contains { $0.contains("libc.so") }, "\(dynamic)")
    let own = needed.filter { line in ["swift", "Foundation", "dispatch"].contains { line.contains($0) } }
    #expect(own.isEmpty)
  }

  /// Without its symbols it is half as large, and names those of others all the same.
  @Test func theCommandIsStripped() throws {
    let tool = try install() + "/bin/quarry"
    let sections = try Command(Tools.find("readelf", package: "binutils"), ["-SW", tool]).run()
    #expect(sections.output.contains(" .text ") && !sections.output.contains(" .symtab "), "\(sections)")
    let program = try LiveProgram(LiveProgram.compile("sites.cc"), environment: Library.preloaded(options: "sample=1"))
    let outcome = try Command(tool, ["profile", "--top", "3", "\(program.number)"]).run()
    #expect(outcome.ending == .exit(0) && outcome.output.contains("  site::mapped()\n"), "\(outcome)")
  }

  /// Where strip fails, the command keeps its symbols, and the rest is there.
  @Test func allIsInstalledWithoutStrip() throws {
    let (folder, tools) = (try Scratch.folder(), try Scratch.folder())
    try FileManager.default.createSymbolicLink(atPath: "\(tools)/strip", withDestinationPath: "/bin/false")
    var command = installation(in: folder)
    command.environment["PATH"] = "\(tools):\(command.environment["PATH"] ?? "/usr/bin:/bin")"
    let outcome = try command.run()
    #expect(outcome.ending == .exit(0) && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors == "install: strip failed, so \(folder)/usr/bin/quarry keeps its symbols\n")
    #expect(try Command("\(folder)/usr/bin/quarry", ["--help"]).run().ending == .exit(0))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/usr/lib/pkgconfig/quarry.pc"))
  }

  /// Programs find the headers and the library of the kernel's interface by pkg-config.
  @Test func programsAreBuiltByPkgConfig() throws {
    let folder = try install()
    var query = try Command(
      Tools.find("pkg-config", package: "pkg-config"),
      ["--define-variable=prefix=\(folder)", "--cflags", "--libs", "quarry"])
    query.environment["PKG_CONFIG_PATH"] = folder + "/lib/pkgconfig"
    let flags = try query.run()
    try check(flags.ending == .exit(0), "\(flags)")
    let program = try Scratch.folder() + "/ring"
    let source = Library.packageRoot + "/Tests/PreloadTests/Programs"
    let compiler = try Command(
      Tools.find("gcc", package: "gcc"),
      [
        "-std=gnu11", "-D_GNU_SOURCE", "-I", source, "-o", program, source + "/Kernel/example_packet_ring.c",
        "-pthread",
      ]
        + flags.output.split(whereSeparator: \.isWhitespace).map(String.init)
    ).run()
    try check(compiler.ending == .exit(0), "\(compiler)")
    var ring = Command(program, [])
    ring.environment["LD_LIBRARY_PATH"] = folder + "/lib"
    let outcome = try ring.run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
  }

  /// The recorder and the player of traces come along.
  @Test func theInstalledCommandRecordsTraces() throws {
    let folder = try install()
    let trace = try Scratch.folder() + "/trace"
    let recorded = try Command("\(folder)/bin/quarry", ["trace", "record", "-o", trace, "--", "ls", "/"]).run()
    #expect(recorded.ending == .exit(0), "\(recorded)")
    let replayed = try Command("\(folder)/bin/quarry", ["trace", "replay", "--with", "quarry", "-n", "1", trace]).run()
    #expect(replayed.ending == .exit(0), "\(replayed)")
  }

  @Test func theShellsTakeTheCompletions() throws {
    let folder = try install()
    let script = """
      source "$1/share/bash-completion/completions/quarry" && complete -p quarry
      """
    let bash = try Command("bash", ["-c", script, "bash", folder]).run()
    #expect(bash.ending == .exit(0) && bash.output.hasSuffix(" quarry\n") && bash.errors.isEmpty, "\(bash)")
    let zsh = try Scratch.read("\(folder)/share/zsh/site-functions/_quarry")
    #expect(zsh.hasPrefix("#compdef quarry\n"))
    let fish = try Scratch.read("\(folder)/share/fish/vendor_completions.d/quarry.fish")
    #expect(fish.contains("complete -c 'quarry'") || fish.contains("complete -c quarry"), "\(fish.prefix(300))")
  }
}
