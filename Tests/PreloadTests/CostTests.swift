// What a call and a process cost: instructions of the fast paths, and resident memory of a program that does nothing.

import Foundation
import TestSupport
import Testing

@Suite("Cost")
struct CostTests {
  /// A malloc that pops from the thread's list, and a free that pushes; nothing else of the library may run.
  @Test(arguments: [(new: false, names: ["malloc", "free"]), (new: true, names: ["_Znwm", "_ZdlPvm"])])
  func fastPathsAreShort(_ call: (new: Bool, names: [String])) throws {
    let pairs = 10_000
    let few = try instructions(pairs: pairs, new: call.new)
    let many = try instructions(pairs: 2 * pairs, new: call.new)
    // What start and end of the program cost is in both runs; once in a while a list is refilled.
    let perPair = many.mapValues { _ in 0 }.merging(many) { $1 }.reduce(into: [String: Double]()) {
      costs, entry in
      let cost = Double(entry.value - (few[entry.key] ?? 0)) / Double(pairs)
      if cost >= 0.5 { costs[entry.key] = cost }
    }
    #expect(perPair.count == 2, "\(perPair)")
    let costs = perPair.sorted { $0.value < $1.value }.map(\.value)
    #expect(costs.first.map { $0 <= 26 } == true, "allocation: \(perPair)")
    #expect(costs.last.map { $0 <= 46 } == true, "free: \(perPair)")
  }

  /// Up to its first return, which ends the fast path, a function neither calls nor makes a stack frame.
  @Test(arguments: ["malloc", "free"])
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

  @Test func aProgramThatDoesNothingStaysSmall() throws {
    let program = try helper("own_size.c")
    func median(_ environment: [String: String]) throws -> Int {
      let sizes = try (0..<9).map { _ in
        let outcome = try Command(program, environment: environment).run()
        guard let size = Int(outcome.output) else { throw Failure("no size: \(outcome)") }
        return size
      }
      return sizes.sorted()[4]
    }
    let more = try median(Library.preloaded()) - median(Command.plainEnvironment)
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

  /// Instructions that were executed in the library, by function, without those that it called.
  private func instructions(pairs: Int, new: Bool) throws -> [String: Int] {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    let record = folder + "/callgrind"
    let options = [
      "--tool=callgrind", "--compress-strings=no", "--compress-pos=no", "--callgrind-out-file=\(record)",
    ]
    var command = try Command(
      Tools.find("valgrind", package: "valgrind"),
      options + [helper(new ? "pairs.cc" : "pairs.c"), String(pairs)])
    command.environment = try Library.preloaded()
    let outcome = try command.run()
    guard outcome.ending == .exit(0) else { throw Failure("callgrind: \(outcome)") }
    return selfCosts(try Scratch.read(record), object: "libquarry")
  }

  /// Reads callgrind's format: `ob=` and `fn=` say where the cost lines that follow belong; the line after `calls=`
  /// is the cost of a callee.
  private func selfCosts(_ record: String, object: String) -> [String: Int] {
    var costs: [String: Int] = [:]
    var inObject = false
    var function = ""
    var skip = false
    for line in record.split(separator: "\n") {
      if line.hasPrefix("ob=") {
        inObject = line.contains(object)
      } else if line.hasPrefix("fn=") {
        function = String(line.dropFirst(3))
      } else if line.hasPrefix("calls=") {
        skip = true
      } else if line.first?.isNumber == true {
        if inObject && !skip {
          costs[function, default: 0] += line.split(separator: " ").last.flatMap { Int($0) } ?? 0
        }
        skip = false
      }
    }
    return costs
  }

  private func helper(_ name: String) throws -> String {
    try Tools.compile(Program.root + "Helpers/" + name, flags: ["-I", Program.root])
  }
}
