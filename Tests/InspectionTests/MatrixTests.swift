// Every command that looks into a process, on every kind of process, in every state that it can be found in.

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Inspection

@Suite("Every command on every target")
struct MatrixTests {
  /// A command, and what its answer contains about the known program.
  struct Look: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String] = []
    var takesCore = true
    /// Whether the answer is the same about a core file, which does not tell what was resident.
    var isSame = false
    var knows: [String] = []
    var testDescription: String { name }
  }

  static let looks = [
    Look(name: "slabinfo", isSame: true, knows: ["malloc-112 500 ", "malloc-1024 300 "]),
    Look(name: "buddyinfo", isSame: true, knows: ["Node 0, zone Normal "]),
    Look(name: "pagetypeinfo", isSame: true, knows: ["Node 0, zone Normal, type Movable "]),
    Look(name: "zoneinfo", knows: ["Node 0, zone Normal"]),
    Look(name: "meminfo", knows: ["VmallocUsed: 65536 kB"]),
    Look(
      name: "top", arguments: ["--count", "1", "--delay", "0.1"], takesCore: false, knows: [" 500 ", " malloc-112"]),
    Look(name: "fragmentation", knows: [" sum ", "malloc-112 "]),
    Look(name: "map", knows: ["####"]),
    Look(name: "leaks", knows: ["live blocks"]),
    Look(name: "metrics", takesCore: false, knows: ["cache=\"malloc-112\",state=\"live\"} 500", "# EOF"]),
    Look(name: "why", isSame: true, knows: ["0x"]),
    Look(name: "profile", arguments: ["--top", "5"], knows: ["main"]),
  ]
  static let targets = ["known", "redis-server", "python3"]

  static func tool() throws -> String {
    try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/quarry-tool"
  }

  /// The command about a target. `why` asks for an address.
  private func run(_ look: Look, _ target: String, _ address: UInt) throws -> Outcome {
    let about = look.name == "why" ? [target, "0x" + String(address, radix: 16)] : [target]
    return try Command(Self.tool(), [look.name] + look.arguments + about).run()
  }

  /// With one blank between words, and around them all.
  private func words(_ text: String) -> String {
    " " + text.split(whereSeparator: \.isWhitespace).joined(separator: " ") + " "
  }

  /// A program that stands still, with a heap of its own: by its samples where the profile asks for them.
  private func stopped(_ name: String, sampled: Bool) throws -> LiveProgram {
    let program = try LiveProgram.start(
      name, environment: Library.preloaded(options: sampled ? "sample=65536" : "sample=off"))
    kill(program.number, SIGSTOP)
    _ = try program.atRest()
    return program
  }

  @Test(arguments: targets, [false, true])
  func liveAndDeadOnesAreRead(_ name: String, sampled: Bool) throws {
    let program = try stopped(name, sampled: sampled)
    let core = try program.core()
    let address = try HeapReader(CoreFile(core)).snapshot().zone.base + 0x2000
    for look in Self.looks where sampled == (look.name == "profile") {
      let live = try run(look, "\(program.number)", address)
      #expect(live.ending == .exit(0) && live.errors.isEmpty && !live.output.isEmpty, "\(look.name): \(live)")
      if name == "known" {
        for known in look.knows { #expect(words(live.output).contains(known), "\(look.name): \(live)") }
      }
      let dead = try run(look, core, address)
      guard look.takesCore else {
        #expect(dead.ending == .exit(2) && dead.errorLines.count == 1, "\(look.name): \(dead)")
        continue
      }
      #expect(dead.ending == .exit(0) && dead.errors.isEmpty && !dead.output.isEmpty, "\(look.name): \(dead)")
      if look.isSame { #expect(dead.output == live.output, "\(look.name)") }
    }
  }

  /// The answer of what was read before the end, or one line that says that it ended.
  @Test(arguments: looks)
  func theEndOfAProcessIsTold(_ look: Look) throws {
    let ended = Atomic<Int>(0)
    for round in 0..<4 {
      let program = try LiveProgram(
        LiveProgram.compile("churn.cc"), environment: Library.preloaded(options: "sample=65536"))
      let address = try HeapReader(LiveProcess(program.number)).snapshot().zone.base + 0x2000
      let number = program.number
      if round == 0 {
        // Over before the command begins, and not yet waited for, so that its number is still its own.
        Glibc.kill(number, SIGKILL)
        var info = siginfo_t()
        while waitid(P_PID, id_t(number), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
      }
      try Threads.run(2) { thread in
        if thread == 0 {
          for _ in 0..<(round * 997) { sched_yield() }
          Glibc.kill(number, SIGKILL)
          return
        }
        let outcome = try run(look, "\(number)", address)
        if outcome.ending == .exit(0) { return }
        let isTold =
          outcome.errors.contains("ended while it was read") || outcome.errors.contains("there is no process")
        try check(
          outcome.ending == .exit(1) && outcome.errorLines.count == 1 && isTold && outcome.output.isEmpty, "\(outcome)")
        ended.wrappingAdd(1, ordering: .relaxed)
      }
    }
    #expect(ended.load(ordering: .relaxed) > 0)
  }

  /// Records that were written over while the process lives: an answer, or one line.
  @Test(arguments: targets)
  func damageIsSurvived(_ name: String) throws {
    let program = try stopped(name, sampled: true)
    let damage = try Damage(program.number)
    var refused = 0
    try takeSteps(4, seed: 21) { random in
      try damage.write(&random)
      for look in Self.looks {
        let outcome = try run(look, "\(program.number)", damage.base + 0x2000)
        if outcome.ending == .exit(0) { continue }
        try check(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "\(look.name): \(outcome)")
        refused += 1
      }
    }
    #expect(refused < 4 * Self.looks.count)
  }
}

/// Words of a live process's records that are written over.
final class Damage {
  /// Where its zone begins.
  let base: UInt
  private let record: UInt
  private let ranges: [Range<UInt>]
  private let memory: Int32

  init(_ process: pid_t) throws {
    let reader = try HeapReader(LiveProcess(process))
    let snapshot = try reader.snapshot()
    base = snapshot.zone.base
    record = reader.place.record
    ranges = snapshot.metadata.filter { $0.name != "library" && !$0.range.isEmpty }.map(\.range)
    memory = open("/proc/\(process)/mem", O_RDWR | O_CLOEXEC)
  }

  deinit { close(memory) }

  func write(_ random: inout Random) throws {
    for place in 0..<12 {
      // Of the tables the beginning, which is in use; of the records, what lies behind magic and version.
      let range = ranges[random.below(ranges.count)]
      var address = range.lowerBound + UInt(random.below(min(range.count, 1 << 12)) & ~7)
      if place == 0 { address = record + 72 + UInt(random.below(3500) & ~7) }
      let word = [0, UInt64.max, UInt64(random.below(1 << 20)), random.next()][random.below(4)]
      let written = withUnsafeBytes(of: word) { pwrite(memory, $0.baseAddress, 8, Int(address)) }
      try check(written == 8, "0x\(String(address, radix: 16)) cannot be written to")
    }
  }
}
