// TreeWatch: looks at a command and all that it starts while they run, for the report and the progress line. However many
// processes there are, what is kept is bounded: of the largest ones everything, of more a row, of the rest their number.

import Glibc
import Inspection
import Measuring
import Reports

struct TreeWatch {
  /// Processes of which everything is kept, and a row.
  private static let bounds = (detailed: 8, listed: 500)

  private(set) var memory = TreeMemory(interval: 0.005)
  private var running: [pid_t: HeapWatch] = [:]
  /// The largest first.
  private var ended: [HeapWatch] = []
  private var unlisted = 0
  /// When a process that ends may take the time for a look at all of them.
  private var restsUntil = 0.0

  /// Looks once.
  /// - Returns: after how many seconds to look again.
  mutating func look(at root: pid_t, after seconds: Double) -> Double {
    memory.look(at: root, after: seconds)
    let members = memory.tree.members
    for member in members {
      running[member.number, default: HeapWatch(member.number, since: seconds)]
        .look(member.resident, after: seconds, among: members.count)
    }
    for number in Set(running.keys).subtracting(members.map(\.number)) { end(number) }
    // A process that came late wants to be looked at as often as the first one in its beginnings.
    let next = running.values.map(\.next).min() ?? .infinity
    return max(memory.rest, min(memory.history.interval, next - seconds))
  }

  /// Looks at a process that is held at its end.
  mutating func lastLook(at process: pid_t, of root: pid_t, after seconds: Double) {
    func isThere() -> Bool { memory.tree.members.contains { $0.number == process } }
    if process == root {
      memory.lastLook(at: root, after: seconds)
    } else if seconds >= restsUntil || !isThere() {
      memory.look(at: root, after: seconds)
      restsUntil = seconds + memory.rest
    }
    // One that is not there by now never was a program of its own.
    guard process == root || isThere() else { return }
    running[process, default: HeapWatch(process, since: seconds)].lastLook(after: seconds)
  }

  private mutating func end(_ process: pid_t) {
    guard let watch = running.removeValue(forKey: process) else { return }
    let place = ended.firstIndex { $0.peak < watch.peak } ?? ended.count
    ended.insert(watch, at: place)
    // It, or the last one of those before which it came.
    let first = max(place, Self.bounds.detailed)
    if first < ended.count { ended[first].forgetDetails() }
    if ended.count > Self.bounds.listed {
      ended.removeLast()
      unlisted += 1
    }
  }

  /// What is known of the processes in the end, the largest first.
  /// - Returns: and how many others there were.
  mutating func finish() -> (processes: [ProcessReport], unlisted: Int) {
    for number in running.keys.sorted() { end(number) }
    return (ended.map(\.report), unlisted)
  }

  /// `12.0 s, 45.1 MiB resident, heap 40.2 MiB, 30.1 MiB live, ratio 1.34`.
  func progress(after seconds: Double) -> String {
    let count = memory.tree.members.count
    var line = "quarry: \(number(seconds, 1)) s, \(Size(memory.history.moments.last?.bytes ?? 0)) resident"
    if count > 1 { line += " in \(count) processes, the largest" }
    if let heap = running.values.max(by: { $0.peak < $1.peak })?.heap.moments.last {
      let live = heap.bytes(.live)
      line += ", heap \(Size(heap.bytes)), \(Size(live)) live"
      if live > 0 { line += ", ratio \(Ratio(Double(heap.bytes) / Double(live)))" }
    }
    return line
  }
}
