// The lines that `quarry run --summary` prints.

import Glibc

struct Summary {
  var outcome: Outcome
  var memory: TreeMemory
  var command: String

  var text: String {
    let usage = outcome.usage
    return """
      quarry: \(command) \(ending)
        time    \(seconds(outcome.elapsed)) elapsed, \(seconds(usage.ru_utime)) user, \
      \(seconds(usage.ru_stime)) system
        memory  \(peak)
        faults  \(usage.ru_minflt) minor, \(usage.ru_majflt) major

      """
  }

  /// The system knows the largest process; what all had together is as much as was seen.
  private var peak: String {
    let largest = memory.largest(outcome) >> 10
    let all = max(largest, memory.peak >> 10)
    let count = memory.tree.seen
    if count <= 1 || all == largest { return "\(mebibytes(kibibytes: largest)) peak resident" }
    return "\(mebibytes(kibibytes: all)) peak resident in \(count) processes, "
      + "\(mebibytes(kibibytes: largest)) in the largest"
  }

  private var ending: String {
    switch outcome.ending {
    case .status(let status): "ended with status \(status)"
    case .signal(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
  }

  private func seconds(_ time: timeval) -> String {
    seconds(.seconds(time.tv_sec) + .microseconds(time.tv_usec))
  }

  private func seconds(_ duration: Duration) -> String {
    let (whole, fraction) = duration.components
    let milliseconds = whole * 1000 + fraction / 1_000_000_000_000_000
    return "\(decimal(milliseconds, per: 1000, digits: 3)) s"
  }

  private func mebibytes(kibibytes: Int) -> String {
    "\(decimal(Int64(kibibytes) * 100 / 1024, per: 100, digits: 2)) MiB"
  }

  private func decimal(_ value: Int64, per unit: Int64, digits: Int) -> String {
    let fraction = String(value % unit)
    return "\(value / unit).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }
}
