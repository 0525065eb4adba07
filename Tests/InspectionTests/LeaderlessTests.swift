// A process lives for as long as one of its threads does, whichever that is.

import Inspection
import TestSupport
import Testing

@Suite("Processes without their first thread")
struct LeaderlessTests {
  private func program() throws -> LiveProgram { try LiveProgram(LiveProgram.compile("leaderless.c")) }

  @Test func countsAreExact() throws {
    let program = try program()
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .freeObjects])
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty, "\(snapshot.contradictions)")
    #expect(snapshot.caches.first { $0.name == "malloc-112" }?.live == 500)
    #expect(Fragmentation(snapshot).bytes(.live) >= 500 * 112)
  }

  @Test func itsOtherThreadsAreStoppedForLeaks() throws {
    let program = try program()
    let leaks = try Leaks.find(program.atRest())
    #expect(leaks.blocks == 1 && leaks.bytes >= 5000 && leaks.pause > 0, "\(leaks.text)")
  }

  @Test(arguments: [
    ["slabinfo"], ["buddyinfo"], ["pagetypeinfo"], ["zoneinfo"], ["meminfo"], ["fragmentation"], ["map"], ["metrics"],
    ["top", "--count", "1"], ["leaks"],
  ])
  func everyCommandReadsIt(_ words: [String]) throws {
    let program = try program()
    let tool = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/quarry-tool"
    let outcome = try Command(tool, words + ["\(program.number)"]).run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty && !outcome.output.isEmpty, "\(outcome)")
  }
}
