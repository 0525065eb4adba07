// Records that somebody wrote over: the reader says so or tells what it can, and always comes to an end.

import CInspection
import TestSupport
import Testing

@testable import Inspection

@Suite("Damaged records")
struct DamageTests {
  private func recording() throws -> RecordedMemory {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    return try RecordedMemory(program.atRest())
  }

  @Test func aRecordingReadsLikeTheProcess() throws {
    let snapshot = try HeapReader(recording()).snapshot([.residency, .freeObjects])
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty)
    #expect(snapshot.caches.first { $0.name == "malloc-112" }?.live == 500)
  }

  @Test func randomDamageNeitherCrashesNorLoops() throws {
    let whole = try recording()
    let record = try HeapReader(whole).place.record
    // The records' page, and the tables: whatever the snapshot says is the library's.
    let targets = try HeapReader(whole).snapshot().metadata.map(\.range) + [record..<(record + 4096)]
    var read = 0
    var refused = 0
    try takeSteps(400, seed: 11) { random in
      var damaged = whole
      for _ in 0..<random.in(1...4) {
        let range = targets[random.once(in: 2) ? targets.count - 1 : random.below(targets.count)]
        let address = range.lowerBound + UInt(random.below(min(range.count, random.once(in: 2) ? 128 : 1 << 14)))
        // Words that mean much: nothing, everything, small, near what was there.
        let word = [0, UInt64.max, UInt64(random.below(1 << 20)), random.next()][random.below(4)]
        let bytes = withUnsafeBytes(of: word) { Array($0.prefix(1 << random.below(4))) }
        damaged.write(bytes, at: address & ~7)
      }
      do {
        let snapshot = try HeapReader(damaged).snapshot([.residency, .freeObjects])
        let report = Fragmentation(snapshot)
        try check(report.parts.allSatisfy { $0.bytes >= 0 }, "\(report.parts)")
        _ = SlabInfo(snapshot).text + BuddyInfo(snapshot).text + ZoneInfo(snapshot).text + MemInfo(snapshot).text
        _ = report.text
        _ = snapshot.place(of: snapshot.zone.base + UInt(random.below(1 << 22)))
        read += 1
      } catch is InspectionError {
        refused += 1
      }
    }
    #expect(read > 40 && refused > 20, "\(read) read, \(refused) refused")
  }

  @Test func anotherVersionIsNamed() throws {
    var memory = try recording()
    let record = try HeapReader(memory).place.record
    let place = UInt(MemoryLayout<quarry_zone>.offset(of: \.layout_version)!)
    memory.write([77, 0, 0, 0], at: record + place)
    #expect(
      throws: InspectionError.otherVersion("a recording", found: 77, known: UInt32(QUARRY_LAYOUT_VERSION))
    ) { try HeapReader(memory) }
  }

  @Test func aLibraryThatIsNotUpIsNamed() throws {
    var memory = try recording()
    let record = try HeapReader(memory).place.record
    memory.write([UInt8](repeating: 0, count: 8), at: record + UInt(MemoryLayout<quarry_zone>.offset(of: \.magic)!))
    #expect(throws: InspectionError.notYetUp("a recording")) { try HeapReader(memory) }
  }

  @Test func aProgramWithoutQuarryIsNamed() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"), environment: Command.plainEnvironment)
    let process = try LiveProcess(program.number)
    #expect(throws: InspectionError.noQuarry(process.name)) { try HeapReader(process) }
    #expect(throws: InspectionError.noProcess(0x3fff_ffff)) { try LiveProcess(0x3fff_ffff) }
  }

  /// A table of which nothing is open lies anywhere, also behind all that is mapped.
  @Test func nothingIsCoveredAnywhere() {
    let coverage = Coverage([Mapping(range: 0x1000..<0x2000), Mapping(range: 0x2000..<0x3000)])
    for (address, bytes, isCovered) in [
      (0x1000, 0x2000, true), (0x1000, 0x2001, false), (0x2fff, 1, true), (0x3000, 1, false), (0xfff, 1, false),
      (0, 0, true), (0x9000, 0, true),
    ] as [(UInt, UInt, Bool)] {
      #expect(coverage.contains(address, bytes: bytes) == isCovered, "\(bytes) bytes at \(address)")
    }
  }
}
