import CShim
import Platform
import TestSupport
import Testing

@testable import Sampling

@Suite("The table of stacks")
struct StackTableTests {
  private struct Sums: Equatable {
    var samples: UInt64 = 0
    var objects: UInt64 = 0
    var bytes: UInt64 = 0
    var objectsVariance = 0.0
    var bytesVariance = 0.0

    mutating func add(weight: UInt64, size: UInt64) {
      samples += 1
      objects += weight
      bytes += (weight * size) >> UInt64(QUARRY_WEIGHT_SHIFT)
      // One divided by the weight is the probability.
      let requests = Double(weight) / 65536
      objectsVariance += requests * (requests - 1)
      bytesVariance += requests * (requests - 1) * Double(size) * Double(size)
    }

    init() {}
    init(_ sums: quarry_stack_sums) {
      (samples, objects, bytes) = (sums.samples, sums.objects, sums.bytes)
      objectsVariance = Double(bitPattern: sums.objects_variance)
      bytesVariance = Double(bitPattern: sums.bytes_variance)
    }
  }

  private static func add(_ frames: [UInt], to table: StackTable, weight: UInt64 = 1, size: UInt64 = 1)
    -> quarry_stack_id
  {
    StackTrace.use { trace in
      for frame in frames { trace.append(frame) }
      return table.add(trace, weight: weight, size: size)
    }
  }

  private static func withTable(_ body: (StackTable) throws -> Void) throws {
    let table = try #require(StackTable.make())
    defer { table.unmap() }
    try body(table)
  }

  /// What a reader finds: every stack that a bucket leads to.
  private static func contents(_ table: StackTable) throws -> [[UInt]: Sums] {
    var found: [[UInt]: Sums] = [:]
    for bucket in 0..<UInt32(QUARRY_STACK_BUCKETS) {
      var id = quarry_stack_bucket(table.record, bucket).pointee
      while id != 0 {
        let stack = quarry_stack_at(table.record, id)
        let end = UInt64(id) * 8 + UInt64(MemoryLayout<quarry_stack>.stride) + UInt64(stack.pointee.depth) * 8
        try check(end <= table.record.pointee.opened, "a stack up to \(end) beyond what is open")
        try check(stack.pointee.hash % UInt32(QUARRY_STACK_BUCKETS) == bucket, "a stack in a wrong bucket")
        let frames = (0..<Int(stack.pointee.depth)).map { UInt(quarry_stack_frames(stack)[$0]) }
        try check(found.updateValue(Sums(stack.pointee.sums), forKey: frames) == nil, "\(frames) is there twice")
        id = stack.pointee.next
      }
    }
    return found
  }

  @Test(arguments: 1...5)
  func sumsAreThoseOfAModel(_ seed: Int) throws {
    try Self.withTable { table in
      var model: [[UInt]: Sums] = [:]
      try takeSteps(5000, seed: UInt64(seed)) { random in
        // Few of each length, so that many come again, and often share their beginning.
        let frames = (0..<random.below(8)).map { _ in UInt(random.below(3)) }
        let (weight, size) = (UInt64(random.spread(to: 1 << 30)), UInt64(random.spread(to: 1 << 20)))
        let id = Self.add(frames, to: table, weight: weight, size: size)
        try check(id != 0, "no room")
        model[frames, default: Sums()].add(weight: weight, size: size)
      }
      let found = try Self.contents(table)
      #expect(found == model)
      #expect(Sums(table.record.pointee.other) == Sums())
    }
  }

  @Test func deepStacksAreCut() throws {
    try Self.withTable { table in
      let id = Self.add(Array(1...100), to: table)
      let stack = quarry_stack_at(table.record, id)
      #expect(stack.pointee.depth == 64 && stack.pointee.is_cut == 1)
      let other = Self.add(Array(2...65), to: table)
      #expect(quarry_stack_at(table.record, other).pointee.is_cut == 0)
    }
  }

  @Test func bytesOfLargeBlocksDoNotOverflow() throws {
    try Self.withTable { table in
      let id = Self.add([1], to: table, weight: 1 << UInt64(QUARRY_WEIGHT_SHIFT), size: 1 << 50)
      #expect(quarry_stack_at(table.record, id).pointee.sums.bytes == 1 << 50)
    }
  }

  /// What finds no room is counted all the same, and what is there stays.
  @Test func aFullTableCountsTheRest() throws {
    try Self.withTable { table in
      var known = 0
      var lost: UInt64 = 0
      for number in 0..<25_000 {
        let id = Self.add((0..<20).map { UInt(number * 20 + $0) }, to: table)
        if id == 0 { lost += 1 } else { known += 1 }
      }
      #expect(known > 15_000 && lost > 100)
      #expect(table.record.pointee.other.samples == lost)
      let found = try Self.contents(table)
      #expect(found.count == known)
      #expect(Self.add((0..<20).map { UInt($0) }, to: table) != 0)
    }
  }

  @Test func aTableThatCannotGrowCountsTheRest() throws {
    try Self.withTable { table in
      defer { Faults.clear() }
      Faults.fail(.open)
      var lost = 0
      for number in 0..<1000 where Self.add([UInt(number)], to: table) == 0 { lost += 1 }
      #expect(lost > 0 && table.record.pointee.other.samples == UInt64(lost))
      let found = try Self.contents(table)
      #expect(found.count == 1000 - lost)
    }
  }

  @Test(arguments: [Faults.Call.reserve, .open])
  func withoutMemoryThereIsNone(_ call: Faults.Call) {
    defer { Faults.clear() }
    Faults.fail(call)
    #expect(StackTable.make() == nil)
  }

  /// Threads that add the same stacks at once find one of each, and lose no sample.
  @Test func threadsShareStacks() throws {
    try Self.withTable { table in
      let record = UInt(bitPattern: table.record)
      let rounds = 200
      try Threads.run(4) { _ in
        let table = StackTable(record: try #require(UnsafeMutablePointer(bitPattern: record)))
        for round in 0..<rounds {
          for number in 0..<50 { _ = Self.add([UInt(round), UInt(number)], to: table, weight: 2, size: 3) }
        }
      }
      let found = try Self.contents(table)
      #expect(found.count == rounds * 50)
      #expect(found.values.allSatisfy { $0.samples == 4 && $0.objects == 8 })
    }
  }
}
