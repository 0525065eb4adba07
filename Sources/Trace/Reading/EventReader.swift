// Reads the events of one chunk, as trace_format.h describes them.

import TraceFormat

/// One request of the program.
public struct Event: Equatable, Sendable {
  public enum Kind: UInt8, Sendable { case malloc = 1, calloc, realloc, free, aligned }

  public var kind: Kind
  /// Numbered from 0, in the order in which threads made their first requests.
  public var thread: UInt32
  /// Place in the order of all threads, from 1: of a free its begin, otherwise its end.
  public var number: UInt64
  /// Of a realloc the place at which it began; otherwise `number`.
  public var firstNumber: UInt64
  /// Return address of the call.
  public var caller: UInt64
  /// Bytes asked for; 0 for a free.
  public var size: UInt64
  /// Of `aligned` the binary logarithm of the alignment asked for.
  public var order: UInt8
  /// Of `realloc` the block given, 0 for none.
  public var old: UInt64
  /// The block returned, 0 when there was no memory, or freed, 0 for none.
  public var address: UInt64

  /// Whether a realloc ended the life of the block given: without memory it stays, and for no bytes it is freed.
  public var releasesOld: Bool { kind == .realloc && old != 0 && (address != 0 || size == 0) }
}

struct EventReader {
  private let content: UnsafeRawBufferPointer
  private let threads: UInt32
  private(set) var position = 0
  private var thread: UInt32
  private var number: UInt64
  private var caller: UInt64 = 0
  private var address: UInt64 = 0
  private var addresses = [UInt64](repeating: 0, count: Int(quarry_trace_slots))
  private var callers = [(caller: UInt64, size: UInt64)](repeating: (0, 0), count: Int(quarry_trace_slots))

  /// - Parameter threads: how many the file knows; what names another is damage.
  init(head: quarry_trace_chunk, content: UnsafeRawBufferPointer, threads: UInt32) {
    self.content = content
    self.threads = threads
    thread = head.thread
    number = head.sequence
  }

  /// The sequence number before the next event's.
  var lastNumber: UInt64 { number }

  /// What cannot be an event. Where in which file is for the caller to say.
  struct Damage: Error {}

  /// - Returns: nil behind the last event.
  mutating func next() throws(Damage) -> Event? {
    while position + Int(quarry_trace_longest_event) <= content.count {
      let first = UInt32(content[position])
      if first == 0 { return nil }
      position += 1
      let kind = first & quarry_trace_kind_mask.rawValue
      if kind != quarry_trace_thread.rawValue { return try event(first, kind) }
      let changed = try takeNumber()
      guard first == kind, changed < threads else { throw Damage() }
      thread = UInt32(changed)
    }
    return nil
  }

  private mutating func event(_ first: UInt32, _ rawKind: UInt32) throws(Damage) -> Event {
    func has(_ flag: quarry_trace_event) -> Bool { first & flag.rawValue != 0 }
    guard let kind = Event.Kind(rawValue: UInt8(rawKind)), thread < threads else { throw Damage() }

    let hasGap = has(quarry_trace_has_gap)
    let firstNumber = try advanced(number, by: hasGap ? takeNumber() : 0)
    number = firstNumber
    if kind == .realloc { number = try advanced(firstNumber, by: hasGap ? takeNumber() : 0) }

    let slot = Int(takeByte())
    if has(quarry_trace_new_caller) {
      callers[slot].caller = try caller &+ takeDifference()
      guard quarry_trace_caller_slot(callers[slot].caller) == slot else { throw Damage() }
    }
    caller = callers[slot].caller
    if kind != .free && !has(quarry_trace_same_size) { callers[slot].size = try takeNumber() }

    let order = kind == .aligned ? takeByte() : 0
    guard order < 64 else { throw Damage() }
    let old = kind == .realloc ? try takeAddress(isKnown: has(quarry_trace_known_old)) : 0
    let block = try takeAddress(isKnown: has(quarry_trace_known_address))
    return Event(
      kind: kind, thread: thread, number: number, firstNumber: firstNumber, caller: caller,
      size: kind == .free ? 0 : callers[slot].size, order: order, old: old, address: block)
  }

  private func advanced(_ number: UInt64, by gap: UInt64) throws(Damage) -> UInt64 {
    let (sum, overflows) = number.addingReportingOverflow(gap)
    guard !overflows, sum < UInt64.max else { throw Damage() }
    return sum + 1
  }

  /// Within the chunk, since a longest event fits behind every first byte.
  private mutating func takeByte() -> UInt8 {
    defer { position += 1 }
    return content[position]
  }

  private mutating func takeNumber() throws(Damage) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = takeByte()
      number |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return number }
    }
    throw Damage()
  }

  private mutating func takeDifference() throws(Damage) -> UInt64 {
    let number = try takeNumber()
    return number >> 1 ^ (0 &- (number & 1))
  }

  private mutating func takeAddress(isKnown: Bool) throws(Damage) -> UInt64 {
    if isKnown {
      address = addresses[Int(takeByte())]
    } else {
      address = try address &+ takeDifference() << 3
      addresses[Int(quarry_trace_address_slot(address))] = address
    }
    return address
  }
}
