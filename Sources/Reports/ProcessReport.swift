// ProcessReport: what a report tells about one of the processes of a run.

import Inspection
import Measuring

public struct ProcessReport: Encodable, Sendable {
  /// Its number.
  public var process: Int32
  /// Its command line, the last one if it became another program.
  public var command: String
  /// Seconds since the start of the run at which it was first and last seen.
  public var start: Double
  public var end: Double
  /// Bytes.
  public var peakResident: Int
  /// When most of its heap's resident bytes held nothing live; nil when the heap was never read.
  public var mostWaste: HeapMoment?
  /// Why there is nothing about its heap, if there is not.
  public var trouble: String?

  // Of the largest processes alone:

  /// Of the whole process.
  public var resident: [MemoryMoment]
  /// Where nobody looked.
  public var gaps: [Gap]
  /// Of its heap, less often.
  public var heap: [HeapMoment]
  /// When most of the resident bytes held nothing live, in full.
  public var worst: RunReport.Look?
  public var last: RunReport.Look?
  /// The zone at the worst moment.
  public var zone: ZonePicture?

  public init(
    process: Int32, command: String, start: Double, end: Double, peakResident: Int, mostWaste: HeapMoment?,
    trouble: String?, resident: [MemoryMoment], gaps: [Gap], heap: [HeapMoment], worst: RunReport.Look?,
    last: RunReport.Look?, zone: ZonePicture?
  ) {
    self.process = process
    self.command = command
    self.start = start
    self.end = end
    self.peakResident = peakResident
    self.mostWaste = mostWaste
    self.trouble = trouble
    self.resident = resident
    self.gaps = gaps
    self.heap = heap
    self.worst = worst
    self.last = last
    self.zone = zone
  }

  /// The picture of the zone can be drawn from nothing that programs would read.
  private enum CodingKeys: String, CodingKey {
    case process, command, start, end, peakResident, mostWaste, trouble, resident, gaps, heap, worst, last
  }

  /// `python3 (1234)`, for a legend.
  public var shortName: String {
    let program = command.prefix { $0 != " " }.split(separator: "/").last ?? "process"
    return "\(program.prefix(15)) (\(process))"
  }

  /// `/usr/bin/python3 load.py (1234)`, for a heading.
  public var name: String {
    let words = command.count > 60 ? command.prefix(59) + "…" : command[...]
    return words.isEmpty ? "process \(process)" : "\(words) (\(process))"
  }
}
