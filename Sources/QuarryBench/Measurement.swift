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
  /// Of the output, as a number in hexadecimal digits.
  var digest: String
  /// Why the run does not count, if it does not.
  var failure: String?

  var processor: Double { user + system }
}
