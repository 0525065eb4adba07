// Callgrind: how many instructions of the library a program executes, the same in every run.

import TestSupport

enum Callgrind {
  /// Instructions that were executed in the library, by function, without those of the functions that it called.
  static func costs(of program: String, _ arguments: [String]) throws -> [String: Int] {
    // No samples, whose places are drawn at random; the countdown to them is in each request all the same.
    selfCosts(try record(of: program, arguments, options: "sample=off"), object: "libquarry")
  }

  /// Instructions of the library, of its module of samples alone, and of all that the program executed, itself and other
  /// libraries included.
  static func totals(
    of program: String, _ arguments: [String], options: String?
  ) throws -> (library: Int, sampling: Int, all: Int) {
    let record = try record(of: program, arguments, options: options)
    let summary = record.split(separator: "\n").first { $0.hasPrefix("summary: ") }
    guard let all = summary.flatMap({ Int($0.dropFirst(9)) }) else { throw Failure("callgrind: no summary") }
    let costs = selfCosts(record, object: "libquarry")
    // Mangled names begin with the length of the module's.
    let sampling = costs.filter { $0.key.contains("8Sampling") }
    return (costs.values.reduce(0, +), sampling.values.reduce(0, +), all)
  }

  /// What callgrind writes of a run.
  private static func record(of program: String, _ arguments: [String], options: String?) throws -> String {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    let record = folder + "/callgrind"
    var command = try Command(
      Tools.find("valgrind", package: "valgrind"),
      [
        "--tool=callgrind", "--compress-strings=no", "--compress-pos=no", "--callgrind-out-file=\(record)", program,
      ] + arguments)
    // Nothing else: the library looks through the environment, and the instructions of that count, too.
    command.environment = try Library.preloaded(options: options, over: [:])
    command.deadline = .seconds(1200)
    let outcome = try command.run()
    guard outcome.ending == .exit(0) else { throw Failure("callgrind: \(outcome)") }
    return try Scratch.read(record)
  }

  /// Reads callgrind's format: `ob=` and `fn=` say where the cost lines that follow belong; the line after `calls=`
  /// is the cost of a callee.
  private static func selfCosts(_ record: String, object: String) -> [String: Int] {
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
}
