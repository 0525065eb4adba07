// TreeMemory: what a command and all that it started have resident together, over time. Pages that processes share, as
// after a fork, count in each.

import Glibc
import Measuring

struct TreeMemory {
  private(set) var tree = ProcessTree()
  private(set) var history: History<MemoryMoment>
  /// The most bytes at one look.
  private(set) var peak = 0
  /// The most bytes that the command's process had, as far as it was looked at.
  private var mostOfCommand = 0
  /// Seconds that should lie between two looks at least, so that they take a tenth of a processor's time.
  private(set) var rest = 0.0
  /// When the next moment is to be kept, in seconds since the start.
  private var next = 0.0

  /// - Parameters:
  ///   - capacity: moments that are kept.
  ///   - interval: seconds between looks in the beginning.
  init(capacity: Int = 600, interval: Double) {
    history = History(capacity: capacity, interval: interval) { $0.bytes }
  }

  /// Seconds until a next look is wanted.
  var pause: Double { max(history.interval, rest) }

  /// Looks once.
  mutating func look(at root: pid_t, after seconds: Double) {
    let start = processorSeconds()
    tree.update(from: root)
    let bytes = tree.members.reduce(0) { $0 + $1.resident }
    peak = max(peak, bytes)
    if bytes > 0, seconds >= next {
      history.add(MemoryMoment(seconds: seconds, bytes: bytes))
      next = seconds + history.interval
    }
    mostOfCommand = max(mostOfCommand, ProcessFiles.highWater(of: root))
    rest = (processorSeconds() - start) * 10
  }

  /// Looks at the command while it is held at its end.
  mutating func lastLook(at root: pid_t, after seconds: Double) {
    next = seconds
    look(at: root, after: seconds)
  }

  /// The most bytes that one process had resident. The system's count may lag behind by some hundred KiB; what was seen by
  /// looking is exact.
  func largest(_ outcome: Outcome) -> Int { max(outcome.usage.ru_maxrss << 10, mostOfCommand) }
}

/// The processor time of this thread. Not the clock's: while others have the processor, nothing is used up.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
