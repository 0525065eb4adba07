// Standstill: a moment of a process in which nothing in it changes, so that all of its memory can be read as it is then.

struct Standstill {
  enum Moment {
    /// It was stopped for this, and goes on at the end.
    case stopped
    /// The core file was written.
    case coreFile
    /// It is held at its end.
    case end
  }

  let moment: Moment
  /// What each thread's registers hold, word by word; none of a process that is held at its end.
  let registers: [[UInt64]]
  private let source: any MemorySource
  private let stopped: StoppedThreads?

  /// Stops a living process that is not held.
  /// - Throws: `InspectionError` when that is not permitted.
  init(_ source: any MemorySource) throws {
    self.source = source
    switch source {
    case let process as LiveProcess:
      let threads = try StoppedThreads(process)
      (moment, registers, stopped) = (.stopped, threads.registers, threads)
    case let core as CoreFile: (moment, registers, stopped) = (.coreFile, core.registers, nil)
    default: (moment, registers, stopped) = (.end, [], nil)
    }
  }

  /// How many threads there are, and how many of them may have blocks in their hands: those that are not waiting for the
  /// system, and those that do so in the middle of the allocator's own work; nil where nobody can tell.
  func threads(_ snapshot: Snapshot) -> (count: Int, atWork: Int?) {
    let count: Int
    let outsideOfCalls: Int?
    switch moment {
    case .stopped: (count, outsideOfCalls) = (registers.count, stopped?.atWork)
    case .coreFile: (count, outsideOfCalls) = (registers.count, (source as? CoreFile)?.threadsAtWork)
    case .end:
      count = snapshot.heaps.count { $0.state == .active }
      let isInCall = source.process.map(Threads.stoppedInCall) == true
      // What other threads were at when the last one ended the process, nobody can tell.
      outsideOfCalls = count > 1 ? nil : isInCall ? 0 : count
    }
    // Whose a mark is, nobody tells.
    return (count, outsideOfCalls.map { $0 + min(snapshot.marksOfWork, count - $0) })
  }

  /// Lets a process that was stopped go on.
  func end() { stopped?.resume() }
}
