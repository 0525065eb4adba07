// What a trace tells of a program's use of memory.

/// The figures of `quarry trace analyse`, in the order in which they are shown. Sizes are bytes; moments and lifetimes are
/// counted in steps of the trace, of which a realloc is two and every other request one.
public struct Analysis: Codable, Equatable {
  public struct Requests: Codable, Equatable {
    public var malloc = 0, calloc = 0, aligned = 0, realloc = 0, free = 0
    public var withoutMemory = 0
    public var ofUnknownBlocks = 0
  }
  public struct Moment: Codable, Equatable { public var step: UInt64 = 0, bytes: UInt64 = 0, blocks = 0 }
  /// Of powers of two: `upTo` and what is below it down to half of it.
  public struct Bucket: Codable, Equatable { public var upTo: UInt64, count: Int, bytes: UInt64 }
  public struct Frees: Codable, Equatable { public var byOwnThread = 0, byOtherThread = 0 }
  public struct Reallocs: Codable, Equatable {
    public var ofNothing = 0, grown = 0, shrunk = 0, moved = 0, bytesMoved: UInt64 = 0
  }
  public struct ClassWaste: Codable, Equatable {
    public var size: UInt64, blocks: Int, requested: UInt64, waste: UInt64
  }
  public struct LayoutWaste: Codable, Equatable {
    public var layout: String, bytes: UInt64, waste: UInt64, share: Double
  }
  public struct Caller: Codable, Equatable { public var place: String, requests: Int, bytes: UInt64 }

  public var program = ""
  public var process: UInt32 = 0
  public var forkedFrom: UInt32 = 0
  public var threads: UInt32 = 0
  public var steps: UInt64 = 0
  public var missing: UInt64 = 0
  public var unwritten: UInt64 = 0
  public var bytesPerEvent = 0.0
  public var requests = Requests()
  public var peak = Moment()
  public var end = Moment()
  public var sizes: [Bucket] = []
  public var lifetimes: [Bucket] = []
  public var neverFreed = 0
  public var frees = Frees()
  public var reallocs = Reallocs()
  /// At the peak, what Quarry's classes waste by rounding; those that waste most first.
  public var classes: [ClassWaste] = []
  /// At the peak, what all blocks would take in other layouts of classes.
  public var layouts: [LayoutWaste] = []
  /// Who asked for most bytes over the whole run.
  public var callers: [Caller] = []

  /// - Parameter callers: the most to name.
  /// - Complexity: two passes over the trace.
  public init(_ file: TraceFile, callers mostCallers: Int = 10) throws {
    program = file.program
    process = file.header.process
    forkedFrom = file.header.forked_from
    threads = file.header.threads
    unwritten = file.header.unwritten

    var sizeHistogram = Histogram(), lifetimeHistogram = Histogram()
    var callerTotals: [UInt64: (requests: Int, bytes: UInt64)] = [:]
    var live = LiveBlocks()
    var trace = try Steps(file)
    while let step = try trace.next() {
      let change = live.apply(step)
      count(step, change)
      let (made, gone) = change.blocks
      if let made {
        sizeHistogram.add(made.size, bytes: made.size)
        callerTotals[step.event.caller, default: (0, 0)].requests += 1
        callerTotals[step.event.caller, default: (0, 0)].bytes &+= made.size
      }
      if let gone { lifetimeHistogram.add(step.number - gone.number, bytes: gone.size) }
      if live.bytes > peak.bytes { peak = Moment(step: step.number, bytes: live.bytes, blocks: live.count) }
    }
    steps = trace.count
    missing = trace.missing
    let events = Int(steps) - requests.realloc
    bytesPerEvent = events == 0 ? 0 : Double(trace.bytes) / Double(events)
    end = Moment(step: file.header.sequence, bytes: live.bytes, blocks: live.count)
    neverFreed = live.count
    sizes = sizeHistogram.buckets
    lifetimes = lifetimeHistogram.buckets
    let modules = try Modules(file)
    callers = callerTotals.sorted { ($0.value.bytes, $1.key) > ($1.value.bytes, $0.key) }.prefix(mostCallers)
      .map { Caller(place: modules.name(of: $0.key), requests: $0.value.requests, bytes: $0.value.bytes) }
    try lookAtPeak(file)
  }

  private mutating func count(_ step: Step, _ change: Change) {
    let event = step.event
    switch step {
    case .beginRealloc: return
    case .endRealloc: requests.realloc += 1
    case .free: requests.free += 1
    case .allocate:
      switch event.kind {
      case .calloc: requests.calloc += 1
      case .aligned: requests.aligned += 1
      default: requests.malloc += 1
      }
    }
    if event.kind != .free, event.address == 0, !event.releasesOld { requests.withoutMemory += 1 }
    switch change {
    case .unknown: requests.ofUnknownBlocks += 1
    case .freed(let block): countFree(block, event)
    case .reallocated(let old, let new):
      if let old { countFree(old, event) } else if event.releasesOld { requests.ofUnknownBlocks += 1 }
      if event.old == 0 { reallocs.ofNothing += 1 }
      guard let old, let new else { return }
      if new.size > old.size { reallocs.grown += 1 } else if new.size < old.size { reallocs.shrunk += 1 }
      if event.address != event.old {
        reallocs.moved += 1
        reallocs.bytesMoved &+= min(old.size, new.size)
      }
    default: break
    }
  }

  private mutating func countFree(_ block: Block, _ event: Event) {
    if block.thread == event.thread { frees.byOwnThread += 1 } else { frees.byOtherThread += 1 }
  }

  private mutating func lookAtPeak(_ file: TraceFile) throws {
    var live = LiveBlocks()
    var trace = try Steps(file)
    while trace.count < steps, let step = try trace.next(), step.number <= peak.step {
      _ = live.apply(step)
      if step.number == peak.step { break }
    }
    var byClass: [UInt64: ClassWaste] = [:]
    for block in live.all {
      let size = Layout.quarry.rounded(block.size)
      var waste = byClass[size] ?? ClassWaste(size: size, blocks: 0, requested: 0, waste: 0)
      waste.blocks += 1
      waste.requested &+= block.size
      waste.waste &+= size - block.size
      byClass[size] = waste
    }
    classes = byClass.values.sorted { ($0.waste, $1.size) > ($1.waste, $0.size) }
    layouts = Layout.all.map { layout in
      let bytes = live.all.reduce(0) { $0 &+ layout.rounded($1.size) }
      let share = peak.bytes == 0 ? 0 : Double(bytes &- peak.bytes) / Double(peak.bytes)
      return LayoutWaste(layout: layout.name, bytes: bytes, waste: bytes &- peak.bytes, share: share)
    }
  }
}

extension Change {
  /// The block that a step made, and the one whose life it ended.
  var blocks: (made: Block?, gone: Block?) {
    switch self {
    case .allocated(let block): (block, nil)
    case .freed(let block): (nil, block)
    case .reallocated(let old, let new): (new, old)
    case .began, .nothing, .unknown: (nil, nil)
    }
  }
}

/// Counts by powers of two.
private struct Histogram {
  private var counts = [(count: Int, bytes: UInt64)](repeating: (0, 0), count: 65)

  mutating func add(_ value: UInt64, bytes: UInt64) {
    let place = value <= 1 ? 0 : 64 - (value - 1).leadingZeroBitCount
    counts[place].count += 1
    counts[place].bytes &+= bytes
  }

  var buckets: [Analysis.Bucket] {
    counts.enumerated().filter { $0.element.count > 0 }.map {
      Analysis.Bucket(
        upTo: $0.offset == 64 ? .max : 1 << UInt64($0.offset), count: $0.element.count, bytes: $0.element.bytes)
    }
  }
}
