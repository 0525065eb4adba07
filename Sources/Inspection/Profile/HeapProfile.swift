// HeapProfile: what a program allocated and what of it is live, by call stack, from the samples in its records.

public struct HeapProfile: Sendable {
  /// Unbiased: each sample counts for the requests that it stands for.
  public struct Sums: Sendable, Equatable {
    public var allocatedObjects = 0.0
    public var allocatedBytes = 0.0
    public var liveObjects = 0.0
    public var liveBytes = 0.0

    /// In the order of `Profile.heapTypes`.
    var values: [Int64] {
      [allocatedObjects, allocatedBytes, liveObjects, liveBytes].map { Int64(Int(estimate: $0)) }
    }
  }

  public struct Site: Sendable, Equatable {
    /// Return addresses, innermost first; none where the stack found no room in the table.
    public var frames: [UInt]
    /// Whether the stack has more.
    public var isCut: Bool
    public var sums: Sums
  }

  public var target: String
  /// Mean distance of samples, in bytes; 0 when none are taken.
  public var interval: Int
  /// By bytes allocated, most first.
  public var sites: [Site]

  /// How much the totals scatter, in the order of `Profile.heapTypes`.
  public var variances: [Double]

  /// - Precondition: the snapshot knows the stacks.
  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    interval = snapshot.sampleInterval
    let stacks = snapshot.stacks?.stacks ?? [:]
    var sums = stacks.mapValues { Sums(allocatedObjects: $0.objects, allocatedBytes: $0.bytes) }
    for sample in snapshot.samples where interval > 0 {
      let weight = sample.weight(interval: interval)
      // What the table does not know, it had no room for.
      let stack = stacks[sample.stack] == nil ? 0 : sample.stack
      sums[stack, default: Sums()].liveObjects += weight
      sums[stack, default: Sums()].liveBytes += weight * Double(sample.size)
    }
    variances = [0, 0, 0, 0]
    for stack in stacks.values {
      variances[0] += stack.objectsVariance
      variances[1] += stack.bytesVariance
    }
    for sample in snapshot.samples where interval > 0 {
      let variance = sample.variance(interval: interval)
      variances[2] += variance
      variances[3] += variance * Double(sample.size) * Double(sample.size)
    }
    sites = sums.sorted { ($0.value.allocatedBytes, $0.key) > ($1.value.allocatedBytes, $1.key) }.map { number, sums in
      let stack = stacks[number] ?? StackTable.Stack()
      return Site(frames: stack.frames, isCut: stack.isCut, sums: sums)
    }
  }
}
