// HeapWatch: looks at a child while it runs, for its report and its progress line. Looking stops the child nowhere but at its
// very end; into the heap, which takes long where the heap is large, we look for at most a tenth of a processor's time.

import Foundation
import Inspection
import Measuring
import Reports

struct HeapWatch {
  /// As many moments as a chart has room for.
  private(set) var resident = History<MemoryMoment>(capacity: 600, interval: 0.005) { $0.bytes }
  private(set) var heap = History<HeapMoment>(capacity: 600, interval: 0.005) { $0.bytes }
  private(set) var trouble: String?
  private(set) var last: RunReport.Look?
  private(set) var worst: RunReport.Look?
  private var worstSnapshot: Snapshot?
  private var reader: HeapReader?
  /// When to look into the heap again.
  private var nextHeap = 0.0

  var zone: ZonePicture? { worstSnapshot.map(ZonePicture.init) }

  /// Looks once.
  /// - Returns: after how many seconds to look again.
  mutating func look(at child: pid_t, after seconds: Double) -> Double {
    // On its way out, it is less and less of what it was at its end.
    if last?.isAtEnd == true { return resident.interval }
    if let bytes = residentBytes(of: child) { resident.add(MemoryMoment(seconds: seconds, bytes: bytes)) }
    if seconds >= nextHeap {
      // Not by the clock: while others have the processor, nothing is used up, and the child goes on.
      let start = Self.processorSeconds
      readHeap(of: child, after: seconds)
      nextHeap = seconds + max(heap.interval, (Self.processorSeconds - start) * 10)
    }
    return resident.interval
  }

  /// Looks at a child that is held at its end.
  mutating func lastLook(at child: pid_t, after seconds: Double) {
    nextHeap = seconds
    _ = look(at: child, after: seconds)
    if last?.seconds == seconds { last?.isAtEnd = true }
  }

  /// When nobody looked at the child, which ended after so many seconds.
  func gaps(until end: Double) -> [Gap] {
    Gap.all(among: resident.moments.map(\.seconds), interval: resident.interval, end: end)
  }

  /// The time of this thread.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// There is none before the program has asked for memory, and another one after it has become another program.
  private mutating func readHeap(of child: pid_t, after seconds: Double) {
    do {
      if reader == nil { reader = try HeapReader(LiveProcess(child)) }
      let snapshot = try reader!.snapshot([.residency, .freeObjects])
      let report = Fragmentation(snapshot)
      let look = RunReport.Look(seconds: seconds, report)
      heap.add(HeapMoment(seconds: seconds, report))
      if report.bytes - report.bytes(.live) > worst?.waste ?? 0 {
        worst = look
        worstSnapshot = snapshot
      }
      last = look
      trouble = nil
    } catch {
      reader = nil
      if last == nil { trouble = "\(error)" }
    }
  }

  /// `12.0 s, 45.1 MiB resident, heap 40.2 MiB, 30.1 MiB live, ratio 1.34`.
  func progress(after seconds: Double) -> String {
    var line = "quarry: \(number(seconds, 1)) s, \(Size(resident.moments.last?.bytes ?? 0)) resident"
    if let heap = heap.moments.last {
      let live = heap.bytes(.live)
      line += ", heap \(Size(heap.bytes)), \(Size(live)) live"
      if live > 0 { line += ", ratio \(Ratio(Double(heap.bytes) / Double(live)))" }
    }
    return line
  }
}

/// Resident bytes of a process; nil when it has ended.
func residentBytes(of process: pid_t) -> Int? {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
  let words = text.split(separator: " ")
  guard words.count > 1, let pages = Int(words[1]), pages > 0 else { return nil }
  return pages * sysconf(Int32(_SC_PAGESIZE))
}
