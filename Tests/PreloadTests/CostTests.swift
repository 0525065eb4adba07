// What a call and a process cost: instructions of the fast paths, and resident memory of a program that does nothing.

import Foundation
import TestSupport
import Testing

@Suite("Cost")
struct CostTests {
  /// malloc pops from the thread's list, free pushes, and nothing else of the library runs; new and delete likewise.
  @Test(arguments: ["pairs.c", "pairs.cc"])
  func fastPathsAreShort(_ program: String) throws {
    // What start and end of the program cost is in both runs; a refill once in a while is less than half.
    let pairs = 10_000
    let few = try Callgrind.costs(of: helper(program), [String(pairs)])
    let many = try Callgrind.costs(of: helper(program), [String(2 * pairs)])
    let costs = many.map { (function: $0, cost: Double($1 - few[$0, default: 0]) / Double(pairs)) }
      .filter { $0.cost >= 0.5 }.sorted { $0.cost < $1.cost }
    try #require(costs.count == 2, "\(costs)")
    #expect(costs[0].cost <= 28, "allocation: \(costs)")
    #expect(costs[1].cost <= 46, "free: \(costs)")
  }

  /// Up to its first return, which ends the fast path, a function neither calls nor makes a stack frame.
  @Test(arguments: ["malloc", "free", "realloc", "posix_memalign", "malloc_usable_size"])
  func fastPathsAreStraight(_ function: String) throws {
    let code = try disassembly(of: function)
    let path = code.prefix { !$0.hasPrefix("ret") }
    #expect(!path.isEmpty && path.count < code.count, "\(code)")
    for instruction in path {
      let calls = ["call", "bl "].contains { instruction.hasPrefix($0) }
      let makesFrame =
        ["push", "stp"].contains { instruction.hasPrefix($0) }
        || instruction.hasPrefix("sub") && (instruction.hasSuffix("%rsp") || instruction.contains("sp, sp"))
      #expect(!calls && !makesFrame, "\(instruction)")
    }
  }

  /// How many pages of files the kernel maps around a touched one depends on where they lie, so one run scatters by
  /// 50 KiB; the mean of a hundred does not.
  @Test func aProgramThatDoesNothingStaysSmall() throws {
    let program = try Tools.compile(Program.root + "Helpers/size_of_true.c", flags: ["-static"])
    func mean(_ environment: [String: String]) throws -> Int {
      let outcome = try Command(program, environment: environment).run()
      guard let size = Int(outcome.output) else { throw Failure("no size: \(outcome)") }
      return size
    }
    let more = try mean(Library.preloaded()) - mean(Command.plainEnvironment)
    #expect(more <= 200 * 1024)
  }

  private func disassembly(of function: String) throws -> [String] {
    let library = try Library.path()
    let symbols = try Command(Tools.find("nm", package: "binutils"), ["-D", "--defined-only", library]).run()
    let symbol = symbols.outputLines.map(Program.words).first { $0.last == function }
    guard let start = symbol.flatMap({ Int($0[0], radix: 16) }) else {
      throw Failure("no \(function): \(symbols)")
    }
    let range = ["--start-address=\(start)", "--stop-address=\(start + 1024)"]
    let outcome = try Command(
      Tools.find("objdump", package: "binutils"), ["-d", "--no-show-raw-insn"] + range + [library]
    ).run()
    return outcome.outputLines.filter { $0.hasPrefix(" ") && $0.contains(":\t") }
      .map { $0.components(separatedBy: ":\t")[1].trimmingCharacters(in: .whitespaces) }
  }

  private func helper(_ name: String) throws -> String {
    try Tools.compile(Program.root + "Helpers/" + name, flags: ["-I", Program.root])
  }
}
