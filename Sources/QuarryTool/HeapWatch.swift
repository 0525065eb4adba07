// HeapWatch: looks at one process while it runs, for the report. Looking does not stop it, except at its very end.
// Reading a large heap takes long, so that takes at most a tenth of a processor's time.

import Glibc
import Inspection
import Measuring
import Reports

struct HeapWatch {
  let process: pid_t
  /// Seconds since the command's start, of the first and the last look.
  private let start: Double
  private var end: Double
  private var command = ""
  /// Resident bytes, at most.
  private(set) var peak = 0
  /// As many moments as a chart has room for.
  private var resident = History<MemoryMoment>(capacity: 600, interval: 0.005) { $0.bytes }
  private(set) var heap = History<HeapMoment>(capacity: 600, interval: 0.005) { $0.bytes }
  private var trouble: String?
  private var mostWaste: HeapMoment?
  private var last: RunReport.Look?
  private var worst: RunReport.Look?
  private var worstSnapshot: Snapshot?
  /// When to look again, and into the heap.
  private(set) var next = 0.0
  private var nextHeap = 0.0
  private var isAtEnd = false
  /// On its way out, it is less and less of what it was at its end.
  private var isOver = false

  init(_ process: pid_t, since start: Double) {
    self.process = process
    self.start = start
    end = start
  }

  /// Looks once.
  /// - Parameters:
  ///   - bytes: what the process has resident.
  ///   - count: among how many processes the time for looking is shared.
  mutating func look(_ bytes: Int, after seconds: Double, among count: Int) {
    if isOver { return }
    peak = max(peak, bytes)
    end = seconds
    if seconds >= next {
      resident.add(MemoryMoment(seconds: seconds, bytes: bytes))
      next = seconds + resident.interval
    }
    if seconds >= nextHeap {
      let begin = processorSeconds()
      readHeap(after: seconds)
      nextHeap = seconds + max(heap.interval, (processorSeconds() - begin) * 10 * Double(count))
    }
  }

  /// Looks at a process that is held at its end.
  mutating func lastLook(after seconds: Double) {
    (isAtEnd, next, nextHeap) = (true, seconds, seconds)
    peak = max(peak, ProcessFiles.highWater(of: process))
    look(ProcessFiles.resident(of: process) ?? 0, after: seconds, among: 1)
    if last?.seconds == seconds { last?.isAtEnd = true }
    (isOver, next) = (true, .infinity)
  }

  /// There is none before the program has asked for memory, and another one after it has become another program. Nothing
  /// stays open: there may be more processes than files.
  private mutating func readHeap(after seconds: Double) {
    let command = ProcessFiles.command(of: process)
    if !command.isEmpty { self.command = command }
    do {
      let snapshot = try HeapReader(LiveProcess(process, isAtEnd: isAtEnd)).snapshot([.residency, .slabPages])
      let report = Fragmentation(snapshot)
      let look = RunReport.Look(seconds: seconds, report)
      let moment = HeapMoment(seconds: seconds, report)
      heap.add(moment)
      if look.waste > worst?.waste ?? 0 {
        worst = look
        worstSnapshot = snapshot
        mostWaste = moment
      }
      last = look
      trouble = nil
    } catch {
      if last == nil { trouble = "\(error)" }
    }
  }

  /// Keeps a row about the process, and nothing that needs room.
  mutating func forgetDetails() {
    resident = History(capacity: 4, interval: resident.interval) { $0.bytes }
    heap = History(capacity: 4, interval: heap.interval) { $0.bytes }
    (last, worst, worstSnapshot) = (nil, nil, nil)
  }

  /// What is known of it.
  var report: ProcessReport {
    ProcessReport(
      process: process, command: command, start: start, end: end, peakResident: peak, mostWaste: mostWaste,
      trouble: trouble, resident: resident.moments,
      gaps: Gap.all(among: resident.moments.map(\.seconds), interval: resident.interval, start: start, end: end),
      heap: heap.moments, worst: worst, last: last, zone: worstSnapshot.map(ZonePicture.init))
  }
}
