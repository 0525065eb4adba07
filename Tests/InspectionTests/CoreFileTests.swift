// Core files: the heap in one is the heap of the process that it was taken of; what is no core file is told as that.

import Foundation
import Inspection
import TestSupport
import Testing

@Suite("Core files")
struct CoreFileTests {
  @Test(arguments: ["known", "redis-server", "python3"])
  func holdTheHeapOfTheProcess(_ name: String) throws {
    let program = try LiveProgram.start(name)
    let path = try program.core()
    let live = try HeapReader(program.atRest()).snapshot(.freeObjects)
    let dead = try HeapReader(CoreFile(path)).snapshot([.freeObjects, .residency])
    // redis allocates a little ten times a second.
    if name != "redis-server" {
      #expect(live.caches.map(\.live) == dead.caches.map(\.live))
      #expect(live.home == dead.home && live.away == dead.away && live.freeBlocks == dead.freeBlocks)
      #expect(live.areas == dead.areas && live.runs == dead.runs)
    }
    #expect(dead.bounds.isExact && dead.contradictions.isEmpty, "\(dead.contradictions)")
    #expect(dead.residency == nil)
    let report = Fragmentation(dead)
    #expect(!report.isResident && report.text.contains("opened"))
    // All that is open: page 0 is nobody's.
    #expect(report.bytes == report.opened - 4096)
    #expect(try CoreFile(path).registers.allSatisfy { $0.count == 27 })
  }

  @Test func whatIsNoneIsNamed() throws {
    let folder = try Scratch.folder()
    try Scratch.write("no core", to: folder + "/text")
    for path in [folder, folder + "/text", folder + "/missing", "/bin/sh"] {
      #expect(throws: InspectionError.self, "\(path)") { try CoreFile(path) }
    }
  }

  /// Numbers in its headers may be anything.
  @Test func damagedHeadersAreSurvived() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: program.core()))
    let path = try Scratch.folder() + "/damaged"
    for place in [8, 16, 32, 40] {
      for value in [UInt64.max, 1 << 63, 1 << 62, 1 << 47] {
        var damaged = whole
        // The first segment that is loaded, behind the notes.
        withUnsafeBytes(of: value) { damaged.replaceSubrange(64 + 56 + place..<64 + 56 + place + 8, with: $0) }
        try damaged.write(to: URL(fileURLWithPath: path))
        do {
          let core = try CoreFile(path)
          _ = try HeapReader(core).snapshot(.freeObjects)
          _ = try Leaks.find(core)
        } catch let error as InspectionError {
          #expect(!error.description.contains("\n"))
        }
      }
    }
  }

  /// Cut at any place, it is refused, or what is left is read.
  @Test func aCutOneIsRefused() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: program.core()), options: .alwaysMapped)
    let path = try Scratch.folder() + "/cut"
    var refused = 0
    for part in [0.0, 0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999] {
      try whole.prefix(Int(Double(whole.count) * part)).write(to: URL(fileURLWithPath: path))
      do {
        _ = try HeapReader(CoreFile(path)).snapshot(.freeObjects)
      } catch let error as InspectionError {
        refused += 1
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(refused >= 4)
  }
}
