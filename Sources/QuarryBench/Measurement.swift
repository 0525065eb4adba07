// What one run of one row under one candidate gave.

/// The report that quarry-launch writes.
struct LaunchReport: Codable {
  var userMicroseconds: Int
  var systemMicroseconds: Int
  var wallMicroseconds: Int
  var peakKib: Int
  /// The peak that the launcher itself hands down: what is measured must lie above it.
  var floorKib: Int
  var samples: Int
  var meanKib: Int
  var lastKib: Int
  var minorFaults: Int
  var majorFaults: Int
  var waits: Int
  var preemptions: Int
  var status: Int
  var signal: Int
  var timedOut: Bool
}

/// What a program said about its allocator: its line `reading NAME VALUE UNIT` on standard error.
struct Reading: Codable {
  var value: Double
  var unit: String

  /// Less is better but for what is done in a second.
  static func isMoreBetter(_ unit: String) -> Bool { unit.hasSuffix("/s") }

  /// All readings in what a program wrote, by name.
  static func all(in text: String) -> [String: Reading] {
    var readings: [String: Reading] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard words.count == 4, words[0] == "reading", let value = Double(words[2]) else { continue }
      readings[words[1]] = Reading(value: value, unit: words[3])
    }
    return readings
  }
}

/// One run, as it is kept.
struct Measurement: Codable {
  var round: Int
  /// Processor time in seconds, user and system.
  var user: Double
  var system: Double
  /// Seconds from start to end.
  var wall: Double
  var peakKiB: Int
  /// The mean over the run, if it was long enough to tell.
  var meanKiB: Int?
  /// What was resident when the run was last looked at, shortly before its end.
  var lastKiB: Int?
  var minorFaults: Int
  var majorFaults: Int
  var preemptions: Int
  /// Processor time of other processes during the run, in parts of one processor.
  var disturbance: Double
  /// What the program itself told, by name.
  var readings: [String: Reading]
  /// Of the output, as a number in hexadecimal digits.
  var digest: String
  /// Why the run does not count, if it does not.
  var failure: String?

  var processor: Double { user + system }
}
