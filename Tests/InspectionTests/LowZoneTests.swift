// The kernel interface's zones of low addresses, and its atomic reserve, from outside.

import TestSupport
import Testing

@testable import Inspection

@Suite("Low zones and the atomic reserve from outside")
struct LowZoneTests {
  private func program() throws -> LiveProgram {
    let source = Library.packageRoot + "/Tests/InspectionTests/Programs/zones.c"
    return try LiveProgram(Tools.compile(source, flags: Library.linking()))
  }

  private func check(_ snapshot: Snapshot) throws {
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty, "\(snapshot.bounds) \(snapshot.contradictions)")
    let runs = Dictionary(uniqueKeysWithValues: snapshot.lowZones.map { ($0.zone.name, $0.runs.map(\.pages)) })
    #expect(runs == ["DMA": [1, 1, 1], "DMA32": [4, 4, 4, 4]])
    let reserve = snapshot.caches.filter(\.isReserve)
    #expect(reserve.count == 12 && reserve.reduce(0) { $0 + $1.live } == 41, "\(reserve)")
    let objects = try #require(reserve.first { $0.name == "reserve-128" })
    #expect(objects.live == 41 && objects.capacity == 2048 && objects.home == 2048 - 41, "\(objects)")
  }

  @Test func countsAreExact() throws {
    let program = try program()
    try check(HeapReader(program.atRest()).snapshot([.residency, .freeObjects]))
    try check(HeapReader(CoreFile(program.core())).snapshot(.freeObjects))
  }

  @Test func partsAddUpToWhatTheKernelSays() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .freeObjects])
    let report = Fragmentation(snapshot)
    #expect(report.bytes(.unknown) == 0, "\(report.parts)")
    #expect(report.caches.allSatisfy { !$0.name.hasPrefix("reserve") } && report.bytes(.reserve) > 0)
    let zones = [snapshot] + snapshot.lowZones
    let ranges = snapshot.areas.map(\.range) + zones.flatMap { [$0.zone.range] + $0.metadata.map(\.range) }
    let (kernel, beyond) = try Smaps.resident(program.number, within: ranges)
    #expect(
      report.bytes * 100 >= (kernel - beyond) * 99 && report.bytes * 100 <= kernel * 101,
      "parts \(report.bytes), smaps \(kernel), of others in the same mappings up to \(beyond)")
    // What the program asked for is live: without the low zones and the reserve, it would not be.
    #expect(report.liveBlocks >= 16 * 4096 + 3 * 4096 + 41 * 128 + 3072)
    // The orders are those of the zone that the other columns tell of.
    #expect(zip(report.freeByOrder, report.indices).allSatisfy { $0 <= ($1.freeBlocks << $1.order) * 4096 })
  }

  @Test func roundingIsBoundedByWhatServesNoLess() throws {
    let program = try program()
    var snapshot = try HeapReader(program.atRest()).snapshot(.freeObjects)
    func bound() -> Int { Fragmentation(snapshot).roundingAtMost }
    let whole = bound()
    snapshot.lowZones = []
    #expect(whole - bound() == 7 * 4095)
    // The pages of the reserve are no blocks; of its 41 objects of 128 bytes, each was asked for with 65 at least.
    let withReserve = bound()
    snapshot.runs.removeAll(where: \.isReserve)
    #expect(bound() == withReserve)
    for index in snapshot.caches.indices where snapshot.caches[index].isReserve { snapshot.caches[index].live = 0 }
    #expect(withReserve - bound() == 41 * 63)
  }

  /// The reserve stays: what is free of it cannot be reclaimed.
  @Test func theReserveIsNotReclaimable() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot(.freeObjects)
    let lines = Dictionary(uniqueKeysWithValues: MemInfo(snapshot).lines.map { ($0.name, $0.kilobytes) })
    let reserve = snapshot.slabs.filter { snapshot.caches[$0.sizeClass].isReserve }.reduce(0) { $0 + $1.pages } * 4
    #expect(reserve > 0 && lines["SUnreclaim"]! >= reserve && lines["SReclaimable"] == lines["KReclaimable"])
    #expect(lines["SReclaimable"]! <= lines["Slab"]! - reserve)
  }

  @Test func whyKnowsThem() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot(.freeObjects)
    func why(_ name: String, plus offset: UInt) throws -> String {
      let address = try program.address(name) + offset
      return WhyReport(snapshot, address, mapping: nil).words
    }
    #expect(try why("low", plus: 5).contains("5 bytes into a live block of 4 pages at 0x"))
    #expect(try why("low", plus: 5).hasSuffix(", in zone DMA32"))
    #expect(try why("lowest", plus: 0).hasSuffix(", in zone DMA"))
    #expect(try why("object", plus: 8).contains("8 bytes into a live 128-byte object of cache reserve-128"))
    #expect(try why("freed", plus: 0).contains("a free (at home in its slab) 128-byte object of cache reserve-128"))
  }

  @Test func lostOnesAreFound() throws {
    let program = try program()
    for leaks in try [Leaks.find(program.atRest()), Leaks.find(CoreFile(program.core()))] {
      let rows = Dictionary(uniqueKeysWithValues: leaks.rows.map { ($0.cache, $0) })
      #expect(rows["pages"]?.direct == 2 && rows["pages"]?.bytes == 5 * 4096, "\(leaks.text)")
      #expect(rows["reserve-128"]?.direct == 1 && leaks.blocks == 3, "\(leaks.text)")
    }
  }

  /// As the kernel lists its zones: by address, each with its own free blocks.
  @Test func theKernelsFormatsHaveThem() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot()
    let names = ["DMA", "DMA32", "Normal"]
    func zones(_ text: String) -> [String] {
      text.matches(of: /(?m)^Node +0, zone +([A-Z0-9a-z]+)/).map { String($0.1) }
    }
    let (buddy, types, zone) = (BuddyInfo(snapshot), PageTypeInfo(snapshot), ZoneInfo(snapshot))
    #expect(zones(buddy.text) == names && zones(zone.text) == names)
    #expect(zones(types.text) == names.flatMap { [$0, $0, $0, $0] } + names, "\(types.text)")
    for (number, low) in snapshot.lowZones.enumerated() {
      #expect(buddy.zones[number].freePages == low.zone.freePages && low.zone.freePages > 0)
      let inBlocks = buddy.zones[number].freeBlocks.enumerated().reduce(0) { $0 + $1.element << $1.offset }
      #expect(inBlocks == low.zone.freePages && zone.zones[number].free == low.zone.freePages)
      #expect(types.zones[number].freeBlocks["Movable"] == buddy.zones[number].freeBlocks)
      #expect(zone.zones[number].runs == low.runs.reduce(0) { $0 + $1.pages })
    }
    #expect(zone.zones.map(\.base) == zone.zones.map(\.base).sorted())
    let memory = Dictionary(uniqueKeysWithValues: MemInfo(snapshot).lines.map { ($0.name, $0.kilobytes) })
    #expect(memory["MemFree"] == buddy.zones.reduce(0) { $0 + $1.freePages } * 4)
    // Without them, there is one.
    let plain = try LiveProgram(LiveProgram.compile("known.cc"))
    #expect(zones(BuddyInfo(try HeapReader(plain.atRest()).snapshot()).text) == ["Normal"])
  }

  /// Records that somebody wrote over are never followed to where nothing is.
  @Test func damageOfTheirRecordsIsBounded() throws {
    let program = try program()
    let whole = try RecordedMemory(program.atRest())
    let reader = try HeapReader(whole)
    // The interface's records lie in the library's data behind the heap's.
    let records = (reader.place.record + 4096)..<(reader.place.record + 44 << 12)
    let tables = try reader.snapshot().lowZones.flatMap { $0.metadata.map(\.range) }.filter { !$0.isEmpty }
    #expect(tables.count == 6)
    try takeSteps(200, seed: 7) { random in
      var damaged = whole
      for _ in 0..<40 {
        let range = random.once(in: 2) ? records : tables[random.below(tables.count)]
        let word = [0, UInt64.max, UInt64(random.below(1 << 20)), random.next()][random.below(4)]
        let address = range.lowerBound + UInt(random.below(range.count)) & ~7
        damaged.write(withUnsafeBytes(of: word) { Array($0) }, at: address)
      }
      do {
        let snapshot = try HeapReader(damaged).snapshot([.residency, .freeObjects])
        _ = Fragmentation(snapshot).text
        for low in snapshot.lowZones { _ = WhyReport(snapshot, low.zone.base + 8192, mapping: nil).text }
      } catch is InspectionError {}
    }
  }
}
