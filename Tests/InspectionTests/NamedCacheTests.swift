// The kernel interface's named caches, pages by migrate type, and reserve, as the commands show them.

import Foundation
import Inspection
import TestSupport
import Testing

@Suite("Named caches from outside")
struct NamedCacheTests {
  private func program() throws -> LiveProgram {
    let source = Library.packageRoot + "/Tests/InspectionTests/Programs/caches.c"
    return try LiveProgram(Tools.compile(source, flags: Library.linking()))
  }

  private func check(_ snapshot: Snapshot) throws {
    #expect(snapshot.contradictions.isEmpty)
    let cache = try #require(snapshot.caches.first { $0.name == "big_widget" })
    #expect(cache.live == 800 && cache.home + cache.away == cache.capacity - 800 && cache.away > 0, "\(cache)")
    #expect(cache.liveBound == 0)
    let other = try #require(snapshot.caches.first { $0.name == "big_widget-2" })
    #expect(other.live == 43 && other.away == 0 && other.home == other.capacity - 43, "\(other)")
  }

  @Test func objectsAreCountedWhereverTheyAre() throws {
    let program = try program()
    try check(HeapReader(program.atRest()).snapshot([.residency, .freeObjects]))
    try check(HeapReader(CoreFile(program.core())).snapshot(.freeObjects))
  }

  @Test func placesOfTheirObjectsAreKnown() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot(.freeObjects)
    guard case .object(_, _, 0, .live) = snapshot.place(of: try program.address("live")),
      case .object(let slab, _, 0, .away(.sheaf, _)) = snapshot.place(of: try program.address("freed"))
    else {
      Issue.record("\(program.firstLine)")
      return
    }
    #expect(snapshot.caches[slab.sizeClass].name == "big_widget")
  }

  @Test func pagesAreOfTheirTypes() throws {
    let program = try program()
    let report = try #require(PageTypeInfo(try HeapReader(program.atRest()).snapshot()).zones.last)
    // Each type has at least one pageblock, which holds the free buddies of what was taken from it.
    for (type, least) in [("Unmovable", 1), ("Reclaimable", 1), ("Movable", 1), ("HighAtomic", 0)] {
      #expect(try #require(report.pageBlocks[type]) >= least, "\(report.pageBlocks)")
    }
    let free = try #require(report.freeBlocks["Reclaimable"])
    // 512 pages but for the first 4.
    #expect(free.enumerated().reduce(0) { $0 + $1.element << $1.offset } == 508, "\(free)")
    #expect(report.freeBlocks["HighAtomic"]?.allSatisfy { $0 == 0 } == true)
  }

  /// The records of caches and pools are among what is resident, and each byte of them once.
  @Test func theInterfacesRecordsCount() throws {
    let source = Library.packageRoot + "/Tests/InspectionTests/Programs/many_caches.c"
    let program = try LiveProgram(Tools.compile(source, flags: Library.linking()))
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .freeObjects])
    let tables = snapshot.metadata.filter { $0.name == "named caches and pools" }.map(\.range)
    #expect(zip(tables, tables.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    // 400 records of caches in chunks of 64 KiB, and the places of 20 000 elements in a mapping of its own.
    #expect(tables.filter { $0.count == 64 << 10 }.count >= 2, "\(tables)")
    #expect(tables.filter { $0.count >= 160_000 }.count == 1, "\(tables)")
    let report = Fragmentation(snapshot)
    #expect(report.metadata["named caches and pools", default: 0] >= 400 * 300 + 160_000, "\(report.metadata)")
    #expect(report.bytes(.unknown) == 0 && report.bytes == report.parts.reduce(0) { $0 + $1.bytes })
    // What a pool keeps is not lost, though nobody else knows it.
    let leaks = try Leaks.find(program.atRest())
    #expect(leaks.blocks == 0, "\(leaks.text)")
  }

  @Test func nothingOfTheKernelInterfaceIsLost() throws {
    let program = try program()
    let leaks = try Leaks.find(program.atRest())
    #expect(leaks.blocks == 0, "\(leaks.text)")
    let report = Fragmentation(try HeapReader(program.atRest()).snapshot([.residency, .freeObjects]))
    #expect(report.bytes(.reserve) > 0 && report.caches.contains { $0.name == "big_widget" && $0.live == 800 * 208 })
  }

  /// Records that somebody wrote over are never followed to where nothing is.
  @Test func damageOfTheirRecordsIsBounded() throws {
    let program = try program()
    let whole = try RecordedMemory(program.atRest())
    let ranges = try whole.mappings().filter { $0.isWritable && $0.path.isEmpty && $0.range.count <= 1 << 17 }
    #expect(!ranges.isEmpty)
    try takeSteps(200, seed: 5) { random in
      var damaged = whole
      for _ in 0..<20 {
        let range = ranges[random.below(ranges.count)].range
        let word = [0, UInt64.max, UInt64(random.below(1 << 20)), random.next()][random.below(4)]
        damaged.write(withUnsafeBytes(of: word) { Array($0) }, at: range.lowerBound + UInt(random.below(1 << 14)) & ~7)
      }
      do {
        let snapshot = try HeapReader(damaged).snapshot([.residency, .freeObjects])
        _ = SlabInfo(snapshot).text + PageTypeInfo(snapshot).text + Fragmentation(snapshot).text
      } catch is InspectionError {}
    }
  }
}
