// When profiles are written while a program runs: at intervals, and whenever a signal comes to this tool.

import ArgumentParser
import Glibc

struct ProfileSchedule: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write one every so often, as 500ms, 10s, 5m or 1h, to heap.0001.pb.gz and so on.", valueName: "time"),
    transform: Self.seconds)
  var interval: Double?

  @Option(
    help: ArgumentHelp(
      "Write one whenever this signal comes to quarry: USR1, USR2, HUP, QUIT or ALRM.", valueName: "name"),
    transform: Self.signal)
  var signal: Int32?

  var isEmpty: Bool { interval == nil && signal == nil }

  static func seconds(_ text: String) throws -> Double {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60), ("h", 3600)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      if let number = Double(text.dropLast(unit.count)), (0.01...1e6).contains(number * factor) {
        return number * factor
      }
    }
    throw ValidationError("'\(text)' is no interval: give a time from 10ms on, as 500ms, 10s, 5m or 1h")
  }

  static func signal(_ text: String) throws -> Int32 {
    let numbers = ["USR1": SIGUSR1, "USR2": SIGUSR2, "HUP": SIGHUP, "QUIT": SIGQUIT, "ALRM": SIGALRM]
    let name = text.uppercased()
    if let number = numbers[name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name] { return number }
    throw ValidationError("'\(text)' is no signal that can be waited for: give USR1, USR2, HUP, QUIT or ALRM")
  }

  /// What woke the tool.
  enum Event {
    /// A profile is due.
    case due
    /// Another signal.
    case other(Int32)
    /// Nothing: look whether the program still runs.
    case nothing
  }

  /// Waits for what comes first: the next interval, a signal, or the limit.
  /// - Parameters:
  ///   - signals: blocked ones; that of the schedule must be among them.
  ///   - next: when the next profile is due by the interval; moved on when it comes.
  ///   - limit: seconds to wait at most.
  func wait(
    for signals: sigset_t, _ next: inout ContinuousClock.Instant, atMost limit: Double
  ) -> Event {
    var signals = signals
    let seconds = interval.map { _ in min(limit, max(0, (next - .now) / .seconds(1))) } ?? limit
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    let received = sigtimedwait(&signals, nil, &time)
    // An interval that is over meanwhile is so at the next call, too.
    if received > 0, received != signal { return .other(received) }
    let isOver = interval != nil && .now >= next
    if isOver, let interval { next = .now + .seconds(interval) }
    return isOver || received > 0 ? .due : .nothing
  }
}
