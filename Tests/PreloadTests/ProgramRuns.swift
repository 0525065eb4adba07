// Every program below Programs, each with the outcome that it states (see Program.swift).

import Foundation
import TestSupport
import Testing

@Suite("Preloaded programs")
struct ProgramRuns {
  static let folders = [
    "Family", "Operators", "Lifecycle", "Limits", "Misuse", "Options", "Surroundings", "GivingBack", "Kernel",
    "Profile",
  ]

  /// malloc and its family keep what the standards and the GNU manual promise.
  @Test(arguments: try runs(in: "Family")) func family(_ run: Run) throws { try run.check() }

  /// C++ operators new and delete.
  @Test(arguments: try runs(in: "Operators")) func operators(_ run: Run) throws { try run.check() }

  /// Start and end of processes and threads, fork, dlopen.
  @Test(arguments: try runs(in: "Lifecycle")) func lifecycle(_ run: Run) throws { try run.check() }

  /// Limits, exhaustion and sandboxes.
  @Test(arguments: try runs(in: "Limits")) func limits(_ run: Run) throws { try run.check() }

  /// Mistakes of programs: one clear line, and abort.
  @Test(arguments: try runs(in: "Misuse")) func misuse(_ run: Run) throws { try run.check() }

  /// QUARRY_OPTIONS.
  @Test(arguments: try runs(in: "Options")) func options(_ run: Run) throws { try run.check() }

  /// Programs that the library cannot serve, or that bring an allocator along.
  @Test(arguments: try runs(in: "Surroundings")) func surroundings(_ run: Run) throws { try run.check() }

  /// The kernel interface.
  @Test(arguments: try runs(in: "Kernel")) func kernel(_ run: Run) throws { try run.check() }

  /// What is free goes back to the system, while the program works and when it is idle.
  @Test(arguments: try runs(in: "GivingBack")) func givingBack(_ run: Run) throws { try run.check() }

  /// What the heap profile samples, and the stacks that it finds.
  @Test(arguments: try runs(in: "Profile")) func profile(_ run: Run) throws { try run.check() }

  /// Programs that state a standard's behaviour come to the same under the C library's own malloc.
  @Test(arguments: try folders.flatMap(runs(in:)).filter { $0.program.first("standard") == "yes" })
  func standardBehaviour(_ run: Run) throws { try run.check(preloaded: false) }

  @Test(.enabled(if: Need.root.isMet, "needs root"), arguments: try runs(with: .root))
  func asRoot(_ run: Run) throws { try run.check() }

  @Test(
    .enabled(if: Need.cgroup.isMet, "needs root, and the memory controller below /sys/fs/cgroup"),
    arguments: try runs(with: .cgroup))
  func inCgroups(_ run: Run) throws { try run.check() }

  @Test func noProgramIsForgotten() throws {
    let found = try FileManager.default.contentsOfDirectory(atPath: Program.root)
    #expect(Set(found) == Set(ProgramRuns.folders + ["Costs", "Helpers", "check.h"]))
    for folder in ProgramRuns.folders { #expect(try !Run.all(in: folder).isEmpty) }
  }

  private static func runs(in folder: String) throws -> [Run] {
    try Run.all(in: folder).filter { $0.program.first("needs") == nil }
  }

  private static func runs(with need: Need) throws -> [Run] {
    try folders.flatMap(Run.all(in:)).filter { $0.program.first("needs") == need.rawValue }
  }
}

/// What a program may need of the machine that not every machine has.
enum Need: String {
  case root, cgroup

  var isMet: Bool { geteuid() == 0 && (self == .root || Need.canLimitMemory) }

  /// Version 1 mounts the controller on its own; version 2 has it where the root group hands it on.
  private static var canLimitMemory: Bool {
    if access("/sys/fs/cgroup/memory/memory.limit_in_bytes", R_OK) == 0 { return true }
    let handedOn = try? Scratch.read("/sys/fs/cgroup/cgroup.subtree_control")
    return handedOn?.split(whereSeparator: \.isWhitespace).contains("memory") ?? false
  }
}
