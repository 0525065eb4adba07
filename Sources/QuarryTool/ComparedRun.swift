// ComparedRun: one run of a command, and all that it starts, under one allocator, with their memory over time.

import Glibc
import Measuring
import Reports

struct ComparedRun {
  private let command: [String]
  private let library: String?
  private let load: String?

  /// - Parameters:
  ///   - library: what is preloaded; nil for the C library.
  ///   - load: the shell's command against a server; nil for a command that ends by itself.
  init(_ command: [String], library: String?, load: String?) {
    self.command = command
    self.library = library
    self.load = load
  }

  /// - Throws: `Failure` when the command cannot be run at all, or somebody wants the comparison to end.
  func measure() throws -> (run: Comparison.Run, curve: [MemoryMoment], gaps: [Gap]) {
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var arguments = words
    var memory = TreeMemory(interval: 0.002)
    var driver = load.map { Load($0) }
    let outcome = try Supervisor.run(
      &arguments, in: surroundings,
      watch: { child, seconds in
        var tree = memory.tree
        if driver != nil { tree.update(from: child) }
        driver?.drive(tree.members.map(\.number), seconds)
        if driver?.isOver != true { memory.look(at: child, after: seconds) }
        return memory.pause
      })
    driver?.stop()
    if let number = outcome.interruption {
      throw Failure(message: "ended by signal \(number) while comparing", status: 128 + number)
    }
    let usage = outcome.usage
    let end = driver?.endedAt ?? outcome.elapsed / .seconds(1)
    let history = memory.history
    let gaps = Gap.all(among: history.moments.map(\.seconds), interval: history.interval, end: end)
    return (
      Comparison.Run(
        seconds: driver?.seconds ?? outcome.elapsed / .seconds(1), life: end,
        processorSeconds: usage.ru_utime.seconds + usage.ru_stime.seconds,
        peak: max(memory.largest(outcome), memory.peak),
        mean: meanOverTime(history.moments), last: history.moments.last?.bytes ?? 0,
        faults: usage.ru_minflt + usage.ru_majflt, unseen: gaps.reduce(0) { $0 + $1.seconds },
        failure: failure(outcome.ending, driver)), history.moments, gaps
    )
  }

  private func failure(_ ending: Ending, _ driver: Load?) -> String? {
    if let failure = driver?.failure { return failure }
    switch ending {
    case .status(0): return nil
    // However the server put it, it was told to end.
    case .status where driver != nil, .signal(SIGTERM) where driver != nil: return nil
    case .status(let status): return "ended with status \(status)"
    case .signal(let number): return "ended by signal \(number)"
    }
  }

  /// The C library goes before an allocator that the program brings along.
  private var surroundings: Child.Surroundings {
    .init(variables: ["LD_PRELOAD": library ?? "libc.so.6"], isSilent: true)
  }
}
