// StackTable: every stack at which a sample was taken, once, with the sum of what was allocated there. Stacks are added and
// never changed or removed, so that nobody needs a lock: neither threads, nor signal handlers, nor a fork's child, nor who
// reads the table from outside.
//
// Invariants: what a bucket leads to is complete; stacks lie between the table's head and `used`; those in use below
// `opened`. A stack that lost a race for its bucket to an equal one is never linked, and its room is lost.
import CShim
import Platform
import Synchronization
import Units

public struct StackTable {
  let record: UnsafeMutablePointer<quarry_stack_table>

  /// What is opened at once: the largest page of any system.
  static var step: UInt64 { 64 << 10 }
  private static var wordsOfHead: UInt64 { UInt64(MemoryLayout<quarry_stack_table>.stride / 8) }

  /// The table of the process, which comes into being with the first sample.
  /// - Returns: nil when the system gives no memory.
  public static var shared: StackTable? {
    let place = stacks
    // Pairs with the releasing exchange below.
    if let record = place.pointee.load(ordering: .acquiring) { return StackTable(record: record) }
    guard let table = StackTable.make() else { return nil }
    let attempt = place.pointee.compareExchange(
      expected: nil, desired: table.record, ordering: .acquiringAndReleasing)
    if attempt.exchanged { return table }
    table.unmap()
    return attempt.original.map { StackTable(record: $0) }
  }

  private static var stacks: UnsafeMutablePointer<Atomic<UnsafeMutablePointer<quarry_stack_table>?>> {
    UnsafeMutableRawPointer(quarry_registry_stacks(quarry_registry_record()))
      .assumingMemoryBound(to: Atomic<UnsafeMutablePointer<quarry_stack_table>?>.self)
  }

  /// An empty table.
  static func make() -> StackTable? {
    guard let address = System.reserve(bytes: UInt(QUARRY_STACK_TABLE_BYTES)) else { return nil }
    if System.open(address, bytes: UInt(step), reserved: true) != .done {
      System.unmap(address, bytes: UInt(QUARRY_STACK_TABLE_BYTES))
      return nil
    }
    let record = UnsafeMutablePointer<quarry_stack_table>(bitPattern: address).unsafelyUnwrapped
    record.pointee.opened = step
    record.pointee.used = wordsOfHead &* 8
    return StackTable(record: record)
  }

  func unmap() { System.unmap(UInt(bitPattern: record), bytes: UInt(QUARRY_STACK_TABLE_BYTES)) }

  /// Adds a sample to the sums of its stack.
  /// - Parameter weight: requests that it stands for, in units of 1 / (1 << QUARRY_WEIGHT_SHIFT).
  /// - Parameter size: bytes of each.
  /// - Returns: the stack's place, 0 when there is no room for another.
  public func add(_ trace: StackTrace, weight: UInt64, size: UInt64) -> quarry_stack_id {
    let id = find(trace)
    let sums = sums(of: id)
    atomic(quarry_sums_samples(sums)).pointee.wrappingAdd(1, ordering: .relaxed)
    atomic(quarry_sums_objects(sums)).pointee.wrappingAdd(weight, ordering: .relaxed)
    atomic(quarry_sums_bytes(sums)).pointee.wrappingAdd(Self.bytes(weight, size), ordering: .relaxed)
    Self.scatter(sums, Self.variance(weight), size)
    return id
  }

  /// Takes a sample out of the sums of its stack, with what it was added with: its request could not be served.
  public func withdraw(_ id: quarry_stack_id, weight: UInt64, size: UInt64) {
    let sums = sums(of: id)
    atomic(quarry_sums_samples(sums)).pointee.wrappingSubtract(1, ordering: .relaxed)
    atomic(quarry_sums_objects(sums)).pointee.wrappingSubtract(weight, ordering: .relaxed)
    atomic(quarry_sums_bytes(sums)).pointee.wrappingSubtract(Self.bytes(weight, size), ordering: .relaxed)
    Self.scatter(sums, -Self.variance(weight), size)
  }

  /// What is summed up for a stack; for 0, of all stacks without room.
  private func sums(of id: quarry_stack_id) -> UnsafeMutablePointer<quarry_stack_sums> {
    id == 0 ? quarry_stack_table_other(record) : quarry_stack_sums(quarry_stack_at(record, id))
  }

  /// Bytes of the requests that a sample stands for.
  private static func bytes(_ weight: UInt64, _ size: UInt64) -> UInt64 {
    let bytes = weight.multipliedFullWidth(by: size)
    return bytes.high &<< UInt64(64 - QUARRY_WEIGHT_SHIFT) | bytes.low &>> UInt64(QUARRY_WEIGHT_SHIFT)
  }

  /// What a sample adds to the variance of the sum of weights: (1 - p) / p^2, where p, the inverse of its weight, is
  /// the probability that its request was sampled.
  private static func variance(_ weight: UInt64) -> Double {
    let requests = Double(weight) / Double(1 << QUARRY_WEIGHT_SHIFT)
    return requests * (requests - 1)
  }

  /// Adds to the variances of a stack's sums.
  private static func scatter(_ sums: UnsafeMutablePointer<quarry_stack_sums>, _ variance: Double, _ size: UInt64) {
    add(variance, to: quarry_sums_objects_variance(sums))
    add(variance * Double(size) * Double(size), to: quarry_sums_bytes_variance(sums))
  }

  private static func add(_ number: Double, to place: UnsafeMutablePointer<UInt64>) {
    var bits = atomic(place).pointee.load(ordering: .relaxed)
    while true {
      let sum = Double(bitPattern: bits) + number
      let attempt = atomic(place).pointee.compareExchange(
        expected: bits, desired: sum.bitPattern, ordering: .relaxed)
      if attempt.exchanged { return }
      bits = attempt.original
    }
  }

  private func find(_ trace: StackTrace) -> quarry_stack_id {
    let hash = trace.hash
    let bucket = atomic(quarry_stack_bucket(record, hash))
    // Pairs with the releasing exchange below.
    var first = bucket.pointee.load(ordering: .acquiring)
    if let known = search(from: first, to: 0, trace, hash) { return known }
    let id = allocate(words: UInt64(MemoryLayout<quarry_stack>.stride / 8 &+ trace.depth))
    if id == 0 { return 0 }
    let stack = quarry_stack_at(record, id)
    stack.pointee.hash = hash
    stack.pointee.depth = UInt32(trace.depth)
    stack.pointee.is_cut = trace.isCut ? 1 : 0
    for number in 0..<trace.depth { quarry_stack_frames(stack)[number] = UInt64(trace[number]) }
    while true {
      stack.pointee.next = first
      let attempt = bucket.pointee.compareExchange(expected: first, desired: id, ordering: .acquiringAndReleasing)
      if attempt.exchanged { return id }
      // Somebody else was first; perhaps with the same stack.
      if let known = search(from: attempt.original, to: first, trace, hash) { return known }
      first = attempt.original
    }
  }

  /// Searches the stacks of a bucket from one up to another that is known.
  private func search(
    from first: quarry_stack_id, to end: quarry_stack_id, _ trace: StackTrace, _ hash: UInt32
  ) -> quarry_stack_id? {
    var id = first
    while id != end {
      let stack = quarry_stack_at(record, id)
      if stack.pointee.hash == hash && trace.isSame(as: stack) { return id }
      id = stack.pointee.next
    }
    return nil
  }

  /// Takes room that nobody else has.
  /// - Returns: 0 when the table is full, or the system gives no memory.
  private func allocate(words: UInt64) -> quarry_stack_id {
    let bytes = words &* 8
    let used = atomic(quarry_stack_table_used(record))
    if used.pointee.load(ordering: .relaxed) &+ bytes > UInt64(QUARRY_STACK_TABLE_BYTES) { return 0 }
    let end = used.pointee.wrappingAdd(bytes, ordering: .relaxed).newValue
    return end <= UInt64(QUARRY_STACK_TABLE_BYTES) && open(to: end) ? quarry_stack_id((end &- bytes) / 8) : 0
  }

  private func open(to end: UInt64) -> Bool {
    let opened = atomic(quarry_stack_table_opened(record))
    let have = opened.pointee.load(ordering: .relaxed)
    if end <= have { return true }
    let need = (end &+ Self.step &- 1) & ~(Self.step &- 1)
    // Several threads may do this at once: opening twice changes nothing.
    if System.open(UInt(bitPattern: record) &+ UInt(have), bytes: UInt(need &- have), reserved: true) != .done {
      return false
    }
    opened.pointee.max(need, ordering: .releasing)
    return true
  }
}
