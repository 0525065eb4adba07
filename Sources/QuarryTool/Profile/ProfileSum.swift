// ProfileSum: the heap profiles of several processes as one, in which the label `process` says whose a sample is.

import Glibc
import Inspection

struct ProfileSum {
  private var sum: Profile?
  /// How many processes it is of.
  private(set) var count = 0
  /// The process, or how many there are.
  private(set) var name = ""
  /// Why the first one of the others could not be read.
  private(set) var trouble: Failure?

  /// Nil when none could be read. Of one process alone, nothing needs a label.
  var profile: Profile? {
    guard var sum else { return nil }
    if count == 1 { for index in sum.samples.indices { sum.samples[index].labels = [:] } }
    return sum
  }

  /// Adds a process as it is now, if it can be read.
  mutating func add(_ process: pid_t) {
    do {
      let source = try LiveProcess(process)
      var profile = try HeapReader(source).profile(time: Self.now())
      for index in profile.samples.indices { profile.samples[index].labels["process"] = source.command }
      sum = try sum?.adding(profile) ?? profile
      count += 1
      name = count == 1 ? source.name : "\(count) processes"
    } catch InspectionError.gone, InspectionError.noProcess {
      // It ended: nothing is wrong.
    } catch {
      trouble = trouble ?? Failure(error)
    }
  }

  /// Nanoseconds since 1970.
  static func now() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
