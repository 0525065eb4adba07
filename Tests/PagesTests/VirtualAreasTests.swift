import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages

/// A table of areas of the test's own, and a dictionary beside it.
private final class AreasModel {
  let record: UnsafeMutablePointer<quarry_registry>
  /// Size and first word of each area by its address.
  var model: [UInt: (bytes: Int, mark: UInt)] = [:]
  private var nextMark: UInt = 1

  init() {
    record = .allocate(capacity: 1)
    record.initialize(to: quarry_registry())
  }

  deinit {
    for (address, area) in model { System.unmap(address, bytes: UInt(area.bytes)) }
    if let areas = record.pointee.areas {
      System.unmap(UInt(bitPattern: areas), bytes: UInt(record.pointee.area_slots) * 16)
    }
    record.deallocate()
  }

  var areas: VirtualAreas { VirtualAreas(record) }

  func allocate(_ bytes: Int, alignment: Int = 1) throws {
    guard let address = areas.allocate(bytes, alignment: alignment) else {
      return try check(Faults.struck > 0, "allocate(\(bytes), alignment: \(alignment)) failed")
    }
    try check(address % UInt(alignment) == 0, "\(address) is no multiple of \(alignment)")
    try check(model[address] == nil, "\(address) is there twice")
    try check(word(address) == 0 && word(address + UInt(rounded(bytes) - 8)) == 0, "a new area is not zero")
    model[address] = (rounded(bytes), nextMark)
    mark(address)
  }

  func resize(_ address: UInt, to bytes: Int) throws {
    let old = model[address]!
    guard let moved = areas.resize(address, to: bytes) else {
      return try check(Faults.struck > 0, "resize(to: \(bytes)) failed")
    }
    try check(word(moved) == old.mark, "a resized area lost its content")
    if rounded(bytes) >= old.bytes {
      try check(word(moved + UInt(old.bytes - 8)) == old.mark, "a grown area lost the end of its content")
    }
    model[address] = nil
    try check(model[moved] == nil, "an area was moved over another one")
    model[moved] = (rounded(bytes), nextMark)
    mark(moved)
  }

  func free(_ address: UInt) throws {
    try check(areas.free(address), "an area cannot be freed")
    model[address] = nil
    try check(!areas.free(address), "an area can be freed twice")
  }

  /// Writes a number at both ends.
  private func mark(_ address: UInt) {
    nextMark += 1
    model[address]!.mark = nextMark
    UnsafeMutablePointer<UInt>(bitPattern: address)!.pointee = nextMark
    UnsafeMutablePointer<UInt>(bitPattern: address + UInt(model[address]!.bytes - 8))!.pointee = nextMark
  }

  private func word(_ address: UInt) -> UInt { UnsafeMutablePointer<UInt>(bitPattern: address)!.pointee }
  private func rounded(_ bytes: Int) -> Int { (bytes + 4095) / 4096 * 4096 }

  /// Holds the table against the dictionary, slot by slot.
  func verify() throws {
    try check(areas.count == model.count, "\(areas.count) areas, not \(model.count)")
    let bytes = model.values.reduce(0) { $0 + $1.bytes }
    try check(areas.bytes == bytes, "\(areas.bytes) bytes, not \(bytes)")
    var used = 0
    var found: [UInt: Int] = [:]
    for slot in 0..<Int(record.pointee.area_slots) {
      let area = record.pointee.areas![slot]
      if area.address != 0 { used += 1 }
      if area.address > 1 { found[area.address] = Int(area.bytes) }
    }
    try check(found == model.mapValues(\.bytes), "the table holds \(found)")
    try check(record.pointee.area_used == used, "area_used is \(record.pointee.area_used), not \(used)")
    // A search ends at a slot that was never used.
    try check(used == 0 || used < Int(record.pointee.area_slots), "no slot is left to end a search at")
    for address in model.keys {
      try check(areas.size(of: address) == model[address]!.bytes, "\(address) is not found")
    }
    try check(areas.size(of: 4096) == nil, "an area is found that is not there")
  }
}

@Suite("VirtualAreas")
struct VirtualAreasTests {
  @Test(arguments: [71, 72, 73] as [UInt64])
  func randomStepsMatchTheModel(seed: UInt64) throws {
    let model = AreasModel()
    defer { Faults.clear() }
    try takeSteps(1500, seed: seed) { random in
      Faults.clear()
      if random.once(in: 10) { Faults.fail(random.once(in: 2) ? .map : .remap, after: random.below(2)) }
      // In the order of the addresses, which the seed does not decide.
      let addresses = model.model.keys.sorted()
      let some = addresses.isEmpty ? nil : addresses[random.below(addresses.count)]
      switch (random.below(10), some) {
      case (0...3, let some?): try model.free(some)
      case (4...5, let some?): try model.resize(some, to: random.spread(to: 1 << 20))
      default:
        let alignment = random.once(in: 3) ? 1 << random.below(22) : 1
        try model.allocate(random.spread(to: 1 << 20), alignment: alignment)
      }
      try model.verify()
      if let some, let area = model.model[some] {
        let inside = some + UInt(random.below(area.bytes))
        let holding = model.areas.area(holding: inside)
        try check(holding?.address == some, "area(holding: \(inside)) is \(holding as Any)")
        try check(inside == some || !model.areas.free(inside), "an address within an area frees it")
      }
    }
  }

  @Test func thousandsOfAreasAreFound() throws {
    let model = AreasModel()
    for _ in 0..<3000 { try model.allocate(4096) }
    try model.verify()
    for (number, address) in model.model.keys.sorted().enumerated() where number % 3 != 0 {
      try model.free(address)
    }
    try model.verify()
    for _ in 0..<2000 { try model.allocate(8192) }
    try model.verify()
    #expect(model.record.pointee.area_slots <= 16384)
  }

  /// What was removed leaves a mark in its slot; the marks must neither fill the table nor make it grow.
  @Test func comingAndGoingKeepsTheTableSmall() throws {
    let model = AreasModel()
    for _ in 0..<10 { try model.allocate(4096) }
    try takeSteps(3000, seed: 81) { random in
      let addresses = model.model.keys.sorted()
      try model.free(addresses[random.below(addresses.count)])
      try model.allocate(4096 << random.below(4))
    }
    try model.verify()
    #expect(model.record.pointee.area_slots == 256)
  }

  /// An area that moves is entered anew. When it never comes back to where it was, every slot that it had is marked as
  /// removed, and without a slot that was never used the search for an unknown address would not end.
  @Test func movingKeepsASlotToEndTheSearchAt() throws {
    let model = AreasModel()
    var obstacles: [UInt] = []
    defer { for obstacle in obstacles { System.unmap(obstacle, bytes: 4096) } }
    func obstruct(_ address: UInt) {
      if System.open(address, bytes: 4096, reserved: false) == .done { obstacles.append(address) }
    }
    try model.allocate(4096)
    for pages in 2...4000 {
      let address = model.model.keys.first!
      obstruct(address + UInt(model.model[address]!.bytes))
      try model.resize(address, to: pages << 12)
      obstruct(address)
      try model.verify()
    }
  }

  @Test func aTableThatCannotGrowRefusesTheArea() throws {
    let model = AreasModel()
    defer { Faults.clear() }
    // The first call maps the area, the second the table.
    Faults.fail(.map, after: 1)
    try model.allocate(4096)
    #expect(model.areas.count == 0)
    Faults.clear()
    try model.allocate(4096)
    try model.verify()
  }

  @Test func severalThreadsGetTheirOwnAreas() throws {
    let record = UnsafeMutablePointer<quarry_registry>.allocate(capacity: 1)
    record.initialize(to: quarry_registry())
    defer { record.deallocate() }
    nonisolated(unsafe) let areas = VirtualAreas(record)
    try Threads.run(4) { number in
      var held: [UInt] = []
      var random = Random(seed: UInt64(number))
      for _ in 0..<500 {
        if held.count > 10 {
          let address = held.remove(at: random.below(held.count))
          try check(UnsafeMutablePointer<Int>(bitPattern: address)!.pointee == number, "not this thread's")
          try check(areas.free(address), "an area is gone")
        } else {
          guard let address = areas.allocate(4096, alignment: 1) else { throw Failure("no area") }
          UnsafeMutablePointer<Int>(bitPattern: address)!.pointee = number
          held.append(address)
        }
      }
      for address in held { try check(areas.free(address), "an area is gone") }
    }
    #expect(areas.count == 0 && areas.bytes == 0)
    if let table = record.pointee.areas {
      System.unmap(UInt(bitPattern: table), bytes: UInt(record.pointee.area_slots) * 16)
    }
  }
}
