// RunReport: what `quarry run --report` tells about a run, as JSON; as pictures and as a page in the files beside this one.

import Foundation
import Inspection
import Measuring

public struct RunReport: Encodable, Sendable {
  /// The heap at one moment, in full.
  public struct Look: Encodable, Sendable {
    public var seconds: Double
    public var fragmentation: Fragmentation
    public var text: String
    /// Whether the program was held at its end meanwhile.
    public var isAtEnd = false
    /// Resident bytes that hold nothing live.
    public var waste: Int { fragmentation.bytes - fragmentation.bytes(.live) }

    public init(seconds: Double, _ fragmentation: Fragmentation) {
      self.seconds = seconds
      self.fragmentation = fragmentation
      text = fragmentation.text
    }
  }

  /// How the command ended and what it took.
  public struct Totals: Encodable, Sendable {
    /// Nil when a signal ended it.
    public var status: Int?
    public var signal: Int?
    public var seconds: Double
    public var userSeconds: Double
    public var systemSeconds: Double
    /// Bytes.
    public var peakResident: Int
    public var minorFaults: Int
    public var majorFaults: Int

    public init(
      status: Int?, signal: Int?, seconds: Double, userSeconds: Double, systemSeconds: Double, peakResident: Int,
      minorFaults: Int, majorFaults: Int
    ) {
      self.status = status
      self.signal = signal
      self.seconds = seconds
      self.userSeconds = userSeconds
      self.systemSeconds = systemSeconds
      self.peakResident = peakResident
      self.minorFaults = minorFaults
      self.majorFaults = majorFaults
    }
  }

  public var command: [String]
  public var totals: Totals
  /// Of the whole process.
  public var resident: [MemoryMoment]
  /// Where nobody looked.
  public var gaps: [Gap]
  /// Of its heap, less often.
  public var heap: [HeapMoment]
  /// When most of the resident bytes held nothing live; nil when the heap was never read.
  public var worst: Look?
  public var last: Look?
  /// Why there is nothing about the heap, if there is not.
  public var trouble: String?
  /// The zone at that moment.
  public var zone: ZonePicture?

  public init(
    command: [String], totals: Totals, resident: [MemoryMoment], gaps: [Gap], heap: [HeapMoment], worst: Look?,
    last: Look?,
    trouble: String?, zone: ZonePicture?
  ) {
    self.command = command
    self.totals = totals
    self.resident = resident
    self.gaps = gaps
    self.heap = heap
    self.worst = worst
    self.last = last
    self.trouble = trouble
    self.zone = zone
  }

  /// The picture of the zone can be drawn from nothing that programs would read.
  private enum CodingKeys: String, CodingKey { case command, totals, resident, gaps, heap, worst, last, trouble }

  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
