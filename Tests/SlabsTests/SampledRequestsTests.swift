import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Sampling
@testable import Slabs

extension TheHeap {
  @Suite("Samples") struct SampledRequestsTests {
    /// Every request is sampled, and said to be by who has it.
    private static func sample(_ size: UInt) throws -> Sample {
      let block = Request.allocate(size)
      defer { Request.free(block) }
      return try #require(Sample(at: PageIndex(offset: Zone.shared.offset(block))))
    }

    /// Where the system does not say what of a stack can be read, samples are taken all the same.
    @Test func aStackOfWhichNothingIsKnown() throws {
      try FreshHeap.run(sampling: "1") {
        Faults.fail(.isReadable)
        let sample = try Self.sample(1000)
        #expect(sample.size == 1000)
        #expect(Faults.struck > 0)
      }
    }

    /// A sample's pages come from those that the thread's heap keeps, and go back there.
    @Test func samplesPassTheZoneByAsSlabsDo() throws {
      try FreshHeap.run(sampling: "1") {
        Request.free(Request.allocate(1000))
        let before = Zone.shared.record.pointee.lock_count
        var blocks: Set<UInt> = []
        for _ in 0..<20 {
          let block = Request.allocate(1000)
          #expect(Sample(at: PageIndex(offset: Zone.shared.offset(block)))?.size == 1000)
          blocks.insert(block)
          Request.free(block)
        }
        #expect(blocks.count == 1 && Zone.shared.record.pointee.lock_count == before)
        _ = try HeapRegistry.shared.verifiedCensus()
      }
    }

    /// Without memory for the table of stacks nothing is sampled, and requests are served.
    @Test(arguments: [Faults.Call.reserve])
    func withoutATableNothingIsSampled(_ call: Faults.Call) throws {
      try FreshHeap.run(sampling: "1") {
        Request.free(Request.allocate(1))
        quarry_registry_record().pointee.stacks.map { StackTable(record: $0).unmap() }
        quarry_registry_record().pointee.stacks = nil
        Faults.fail(call)
        let block = Request.allocate(1000)
        #expect(block != 0 && Sample(at: PageIndex(offset: Zone.shared.offset(block))) == nil)
        Faults.clear()
        Request.free(block)
        let sample = try Self.sample(1000)
        #expect(sample.size == 1000)
      }
    }

    /// A library may be loaded where another one was: rows of that one are forgotten.
    @Test func loadingALibraryForgetsRows() throws {
      try FreshHeap.run(sampling: "1") {
        _ = try Self.sample(1000)
        let tables = UnwindTables(keepingRowsIn: try #require(StackTable.shared))
        let place: UInt = 0x7ffe_1234_5678
        _ = tables.row(for: place, canAsk: true)
        #expect(tables.keptRow(for: place) != nil)
        quarry_forget_unwind_rows()
        #expect(tables.keptRow(for: place) == nil)
      }
    }

    /// One that shrinks stays a sample as often as a request for what remains would have been one.
    @Test func whatShrinksIsThinnedOut() throws {
      try FreshHeap.run(sampling: "100000") {
        _ = Request.allocate(1)
        let sample = Sample(size: 100_000, stack: 0, heap: 1)
        let count = 20_000
        let left = (0..<count).filter { _ in Sampler.shrink(sample, to: 10_000, Heap.current) != nil }.count
        // (1 - exp(-0.1)) / (1 - exp(-1)), within five standard deviations.
        let expected = 0.150_545 * Double(count)
        #expect(abs(Double(left) - expected) < 5 * (expected * 0.85).squareRoot())
      }
    }
  }
}
