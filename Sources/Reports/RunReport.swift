// RunReport: what `quarry run --report` tells about a run, as JSON; as pictures and as a page in the files beside this one.

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
    /// Bytes, of all processes together where they were seen, and at least the largest one's.
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
  /// Of all processes together; pages that they share count in each.
  public var resident: [MemoryMoment]
  /// Where nobody looked.
  public var gaps: [Gap]
  /// The one with the largest peak first.
  public var processes: [ProcessReport]
  /// How many others there were, all of them smaller.
  public var unlisted: Int

  public init(
    command: [String], totals: Totals, resident: [MemoryMoment], gaps: [Gap], processes: [ProcessReport],
    unlisted: Int = 0
  ) {
    self.command = command
    self.totals = totals
    self.resident = resident
    self.gaps = gaps
    self.processes = processes
    self.unlisted = unlisted
  }

  public func json() throws -> String { try JSON.text(self) }
}
