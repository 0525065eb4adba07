// `quarry top`: the slab caches of a program as they change.

import ArgumentParser
import Glibc
import Inspection
import Measuring

extension TopTable.Order: ExpressibleByArgument {}

struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Watch a program's slab caches, like slabtop.",
    discussion: """
      On a terminal, q ends it, and s, o, l, u, r and n sort by cache size, objects, live objects, use, rate, and \
      name. Piped, or without keys to read, it prints plain rows at each interval; with --json an object a look, each in a line of its own.
      """)

  @Argument(help: ArgumentHelp("A process, by its number.", valueName: "pid"), transform: TargetOptions.process)
  var process: Int32

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Seconds between two looks.", valueName: "seconds"),
    transform: Number.from(0.05, to: 86400))
  var delay = 3.0

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("Looks after which it ends.", valueName: "number"),
    transform: Number.from(1))
  var count: Int?

  @Option(name: .shortAndLong, help: "What to sort by: size, objects, live, use, rate, or name.")
  var sort = TopTable.Order.size

  @Flag(help: "Print JSON, a line a look.")
  var json = false

  func run() throws {
    let reader = try HeapReader(LiveProcess(process))
    let screen = Terminal.isThere && Terminal.hasKeys && !json ? Screen() : nil
    defer { screen?.close() }
    let clock = ContinuousClock()
    var order = sort
    var before: (snapshot: Snapshot, time: ContinuousClock.Instant)?
    var looks = 0
    while true {
      let snapshot: Snapshot
      do {
        snapshot = try reader.snapshot()
      } catch InspectionError.gone(let name) where before != nil {
        screen?.close()
        if json { return printToStandardError("quarry: \(name) ended\n") }
        return try printToStandardOutput("\(name) ended\n")
      }
      let now = clock.now
      let seconds = before.map { ($0.time.duration(to: now)) / .seconds(1) } ?? 0
      try show(snapshot, before?.snapshot, seconds, order, on: screen)
      looks += 1
      if looks == count { return }
      // A new order shows the same snapshots at once.
      while let key = waitForKey(until: now + .seconds(delay), clock, screen) {
        if key == "q" || key == "\u{3}" { return }
        if let chosen = TopTable.Order.allCases.first(where: { $0.rawValue.first == key }) {
          order = chosen
        } else if key != Screen.redraw {
          continue
        }
        try show(snapshot, before?.snapshot, seconds, order, on: screen)
      }
      before = (snapshot, now)
    }
  }

  private func show(
    _ now: Snapshot, _ before: Snapshot?, _ seconds: Double, _ order: TopTable.Order, on screen: Screen?
  ) throws {
    let table = TopTable(now, before: before, seconds: seconds, order: order)
    if let screen {
      let (columns, lines) = Terminal.size ?? (80, 24)
      let all = table.header + [table.bound ?? "", TopTable.titles] + table.rows(max(1, lines - 5))
      screen.show(all.map { String($0.prefix(columns)) })
    } else if json {
      try printToStandardOutput(JSON.line(table.json) + "\n")
    } else {
      let head = table.header + [table.bound, TopTable.titles].compactMap(\.self)
      try printToStandardOutput((head + table.rows(.max)).joined(separator: "\n") + "\n\n")
    }
  }

  /// The next key, or that to redraw when the terminal has another size; nil when the time is over.
  private func waitForKey(
    until end: ContinuousClock.Instant, _ clock: ContinuousClock, _ screen: Screen?
  ) -> Character? {
    let left = clock.now.duration(to: end) / .milliseconds(1)
    if left <= 0 { return nil }
    guard let screen else {
      poll(nil, 0, Int32(left.rounded(.up)))
      return nil
    }
    return screen.key(within: Int32(left.rounded(.up)))
  }
}
