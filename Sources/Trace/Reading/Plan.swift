// A trace as requests by thread, for quarry-replay (quarry_plan.h).

import Glibc
import TraceFormat

public struct Plan {
  private struct ThreadPlan {
    var requests: [quarry_plan_request] = []
    var runs: [quarry_plan_run] = []
    var firstNumber: UInt64 = 0
    var lastNumber: UInt64 = 0
  }

  private var threads: [ThreadPlan] = []
  /// Places in `threads` by the numbers in the trace, since a thread may have none of the requests that are replayed.
  private var places: [UInt32: Int] = [:]
  private var lastPlace: Int?
  private var turns: UInt64 = 0
  private var blocks = 0
  public private(set) var requests = 0
  /// Frees and reallocs of blocks whose allocation is not in the trace: they are not made, or made of nothing.
  public private(set) var skipped = 0
  /// Most bytes that were live at once, and those live at the end.
  public private(set) var peakBytes: UInt64 = 0
  public private(set) var endBytes: UInt64 = 0
  private var peak: (place: Int, request: Int)?

  public var threadCount: Int { threads.count }

  public init(_ file: TraceFile) throws {
    var live = LiveBlocks()
    var trace = try Steps(file)
    while let step = try trace.next() {
      let change = live.apply(step)
      guard let request = request(for: step.event, change) else { continue }
      append(request, step.event)
      if live.bytes > peakBytes {
        peakBytes = live.bytes
        peak = lastPlace.map { ($0, threads[$0].requests.count - 1) }
      }
    }
    guard live.allocated < Int(quarry_plan_no_block) else {
      throw TraceError("'\(file.path)' has \(live.allocated) blocks; a replay can have \(quarry_plan_no_block)")
    }
    blocks = live.allocated
    endBytes = live.bytes
    if let peak { threads[peak.place].requests[peak.request].what |= 1 << UInt64(quarry_plan_peak_shift) }
  }

  /// - Returns: nil for what is no request of its own.
  private mutating func request(for event: Event, _ change: Change) -> quarry_plan_request? {
    let none = UInt32(quarry_plan_no_block)
    var request = quarry_plan_request(
      what: UInt64(event.kind.rawValue) | UInt64(event.order) << UInt64(quarry_plan_order_shift)
        | min(event.size, 1 << 53) << UInt64(quarry_plan_size_shift), block: none, old: none)
    switch change {
    case .began: return nil
    case .allocated(let block), .freed(let block): request.block = UInt32(truncatingIfNeeded: block.id)
    case .reallocated(let old, let new):
      if let old { request.old = UInt32(truncatingIfNeeded: old.id) }
      if let new { request.block = UInt32(truncatingIfNeeded: new.id) }
      if event.releasesOld && old == nil { skipped += 1 }
      // Without memory nothing happened; of an unknown block and for no bytes, neither does here.
      if new == nil && old == nil { return nil }
    case .nothing: return nil
    case .unknown:
      skipped += 1
      return nil
    }
    return request
  }

  private mutating func append(_ request: quarry_plan_request, _ event: Event) {
    let place = places[event.thread] ?? threads.count
    if place == threads.count {
      places[event.thread] = place
      threads.append(ThreadPlan(firstNumber: event.firstNumber))
    }
    threads[place].requests.append(request)
    threads[place].lastNumber = event.number
    requests += 1
    let last = threads[place].runs.count - 1
    if place == lastPlace, threads[place].runs[last].requests < UInt32.max {
      threads[place].runs[last].requests += 1
    } else {
      if let lastPlace { threads[lastPlace].runs[threads[lastPlace].runs.count - 1].next_thread = UInt32(place) }
      threads[place].runs.append(quarry_plan_run(turn: turns, requests: 1, next_thread: 0))
      turns += 1
    }
    lastPlace = place
  }

  /// Writes the plan into an open file.
  public func write(to descriptor: CInt) throws {
    var header = quarry_plan_header()
    header.magic = quarry_plan_magic
    header.threads = UInt32(threads.count)
    header.blocks = UInt32(blocks)
    header.runs = turns
    header.requests = UInt64(requests)
    header.peak_bytes = peakBytes
    header.end_bytes = endBytes
    try withUnsafeBytes(of: header) { try Self.write($0, descriptor) }
    var heads: [quarry_plan_thread] = []
    var (request, run) = (UInt64(0), UInt64(0))
    for thread in threads {
      heads.append(
        quarry_plan_thread(
          first_request: request, requests: UInt64(thread.requests.count), first_run: run,
          runs: UInt64(thread.runs.count), first_number: thread.firstNumber, last_number: thread.lastNumber))
      request += UInt64(thread.requests.count)
      run += UInt64(thread.runs.count)
    }
    try heads.withUnsafeBytes { try Self.write($0, descriptor) }
    for thread in threads { try thread.runs.withUnsafeBytes { try Self.write($0, descriptor) } }
    for thread in threads { try thread.requests.withUnsafeBytes { try Self.write($0, descriptor) } }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: CInt) throws {
    var rest = bytes
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        throw TraceError("cannot write the plan of a replay: \(String(cString: strerror(errno)))")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
