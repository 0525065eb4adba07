// Leaks of a program that lost known blocks and keeps others in every place that can hold a pointer.

import CInspection
import Glibc
import TestSupport
import Testing

@testable import Inspection

@Suite("Leaks")
struct LeaksTests {
  private func check(_ leaks: Leaks) {
    let rows = Dictionary(uniqueKeysWithValues: leaks.rows.map { ($0.cache, $0) })
    #expect(rows["malloc-48"]?.direct == 1 && rows["malloc-48"]?.indirect == 4, "\(leaks.text)")
    #expect(rows["malloc-1024"]?.direct == 7 && rows["malloc-1024"]?.indirect == 0, "\(leaks.text)")
    #expect(rows["pages"]?.direct == 2 && rows["pages"]?.bytes == 25 * 4096 + 40 << 20, "\(leaks.text)")
    #expect(leaks.blocks == 14, "\(leaks.text)")
  }

  @Test func lostBlocksAreFoundAndHeldOnesAreNot() throws {
    let program = try LiveProgram(LiveProgram.compile("leaky.cc"))
    let leaks = try Leaks.find(program.atRest())
    check(leaks)
    #expect(leaks.pause > 0 && leaks.threadsAtWork == 0 && leaks.bound == 0)
    #expect(leaks.text.contains("\nno thread was at work when it was stopped: numbers of blocks are exact\n"))
    // It goes on.
    program.write("")
    #expect(try program.waitForEnd() == 0)
  }

  /// With every block a sample, each is found with its call site, and counted as the object that it is.
  @Test func leaksAreToldByCallSite() throws {
    let program = try LiveProgram(LiveProgram.compile("leaky.cc"), environment: Library.preloaded(options: "sample=1"))
    let leaks = try Leaks.find(program.atRest())
    check(leaks)
    let (samples, bytes) = leaks.sites.reduce((0, 0)) { ($0.0 + $1.samples, $0.1 + $1.bytes) }
    let lost = 5 * 48 + 7 * 1000 + 100_000 + 40 << 20
    #expect(samples == 14 && bytes == lost, "\(leaks.text)")
    #expect(leaks.sites.allSatisfy { $0.functions.contains("lose()") }, "\(leaks.text)")
    #expect(leaks.text.contains("by call site, from the 14 of them that are samples"), "\(leaks.text)")
  }

  @Test func aCoreFileShowsTheSame() throws {
    let program = try LiveProgram(LiveProgram.compile("leaky.cc"))
    let leaks = try Leaks.find(CoreFile(program.core()))
    check(leaks)
    #if arch(x86_64)
      #expect(leaks.threadsAtWork == 0 && leaks.bound == 0)
      #expect(leaks.text.contains("no thread was at work when the core file was written: numbers of blocks are exact"))
    #else
      #expect(leaks.threadsAtWork == nil && leaks.bound > 0)
      #expect(leaks.text.contains("\nthe core file does not tell whether threads were at work when it was written; "))
    #endif
  }

  /// What is said of a core file is said of its threads: one that was in no system call may have had blocks in its hands.
  @Test func aCoreFileTellsWhoWasAtWork() throws {
    #if arch(x86_64)
      var (inCall, atWork) = ([UInt64](repeating: 7, count: 27), [UInt64](repeating: 7, count: 27))
      (inCall[15], atWork[15]) = (0, UInt64.max)
      #expect(Registers.isAtWork(inCall) == false && Registers.isAtWork(atWork) == true)
    #endif
    #expect(Registers.isAtWork([]) == nil)
    let program = try ChangingTests.churns[0].start()
    var leaks = try Leaks.find(CoreFile(program.core()))
    for _ in 0..<9 where leaks.threadsAtWork == 0 { leaks = try Leaks.find(CoreFile(program.core())) }
    #expect(leaks.blocks == 0 && leaks.bound > 0 && leaks.text.contains("at work when "), "\(leaks.text)")
  }

  /// Of a command at its end, it is known what its one thread was at. What others were at nobody can tell.
  @Test func aCommandIsLookedAtWhenItEnds() throws {
    let folder = try Scratch.folder()
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      #include <unistd.h>
      static void *work(void *write_end) {
        free(malloc(100));
        if (write(*(int *)write_end, "", 1) != 1) abort();
        for (;;) pause();
      }
      int main(int count, char **words) {
        (void)words;
        for (int i = 0; i < 20; i++) malloc(500);
        int ends[2];
        if (pipe(ends) != 0) abort();
        pthread_t thread;
        char byte;
        if (count > 1 && (pthread_create(&thread, NULL, work, &ends[1]) != 0 || read(ends[0], &byte, 1) != 1)) abort();
        exit(0);
      }
      """
    try Scratch.write(source, to: "\(folder)/ends.c")
    let program = try Tools.compile("\(folder)/ends.c", flags: ["-Wno-unused-result"])
    func leaks(_ words: [String]) throws -> Outcome {
      let outcome = try Command(MatrixTests.tool(), ["leaks", "--", program] + words).run()
      #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
      #expect(outcome.outputLines.first?.contains("(ends) at its end: 20 of ") == true, "\(outcome)")
      return outcome
    }
    let alone = try leaks([])
    #expect(alone.outputLines[1] == "no thread was at work when it ended: numbers of blocks are exact", "\(alone)")
    let both = try leaks(["thread"])
    let words = "threads may have been at work when it ended; free blocks of up to "
    #expect(both.outputLines[1].hasPrefix(words), "\(both)")
  }

  /// A thread may wait for the system in the middle of the allocator's own work, for a lock or for pages: the heap is marked
  /// as busy then, or the zone's lock is held. Here such a mark is made from outside.
  @Test(arguments: [false, true])
  func whoWaitsInTheAllocatorIsAtWork(_ isLock: Bool) throws {
    let program = try LiveProgram(LiveProgram.compile("leaky.cc"))
    let process = try program.atRest()
    let record = try HeapReader(process).place.record
    func offset<Value>(_ field: PartialKeyPath<Value>) throws -> UInt {
      UInt(try #require(MemoryLayout<Value>.offset(of: field)))
    }
    let heaps = try #require(try process.load(record + offset(\quarry_zone.heaps), as: UInt.self))
    let mark =
      isLock
      ? record + (try offset(\quarry_zone.lock.word))
      : heaps + UInt(QUARRY_HEAP_STRIDE) + (try offset(\quarry_heap.front.busy))
    let memory = open("/proc/\(program.number)/mem", O_WRONLY)
    defer { close(memory) }
    try #require(withUnsafeBytes(of: UInt32(1)) { pwrite(memory, $0.baseAddress, 4, Int(mark)) } == 4)
    for leaks in try [Leaks.find(process), Leaks.find(CoreFile(program.core()))] {
      #expect(leaks.blocks > 0 && leaks.bound > 0 && !leaks.text.contains("are exact"), "\(leaks.text)")
      #if arch(x86_64)
        #expect(leaks.threadsAtWork == 1)
      #endif
    }
  }

  /// What lies directly behind the library's data, in one mapping with it, is not the library's.
  @Test func memoryBehindTheLibraryHoldsBlocks() throws {
    let program = try LiveProgram(LiveProgram.compile("behind.c"))
    for leaks in try [Leaks.find(program.atRest()), Leaks.find(CoreFile(program.core()))] {
      #expect(leaks.blocks == 1 && leaks.rows.first?.cache == "malloc-512", "\(leaks.text)")
    }
  }

  /// An old pointer on a stack, over whose lower half a number was stored, points into a large block about every 4 GiB.
  @Test(
    arguments: [
      (0x7f14_ffc0_0000, true), (0x7f15_0000_1000, true), (0x7f15_1234_5678, false),
      (0x7f15_0000_0000, false), (0x7f15_0000_0007, false),
    ] as [(UInt64, Bool)])
  func halvesOfPointersHoldNoLargeBlocks(_ word: UInt64, _ holds: Bool) throws {
    var snapshot = Snapshot(target: "made up")
    snapshot.areas = [Area(address: 0x7f14_ffc0_0000, bytes: 40 << 20)]
    let nothing = FrozenMemory()
    #expect(Leaks(snapshot, nothing, nothing, [[word]]).blocks == (holds ? 0 : 1))
  }

  /// Nothing of what threads have in their hands is taken for lost.
  @Test(arguments: ChangingTests.churns)
  func aProgramAtWorkLosesNothing(_ churn: ChangingTests.Churn) throws {
    let program = try churn.start()
    let process = try LiveProcess(program.number)
    var atWork = 0
    for _ in 0..<20 {
      let leaks = try Leaks.find(process)
      #expect(leaks.blocks == 0, "\(leaks.text)")
      #expect(leaks.text.contains("at work when it was stopped: \(leaks.threadsAtWork ?? -1); ") == (leaks.bound > 0))
      if leaks.threadsAtWork != 0 { atWork += 1 }
    }
    #expect(atWork > 0)
  }
}
