import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  /// What free objects on their way home may keep from the system.
  @Suite("Waiting objects") struct WaitingObjects {
    enum Owner: CaseIterable { case waits, works }
    enum Frees: CaseIterable { case scattered, together }

    /// Half of what is worth a claim by itself, of which each object is the only free one of its page, or all of a page are
    /// free: a claim comes before its time only where it gives pages back, and disturbs nobody.
    @Test(arguments: Owner.allCases, Frees.allCases)
    func aSenderTakesScatteredObjectsHomeSooner(owner state: Owner, frees: Frees) throws {
      try FreshHeap.run {
        Faults.clock = 1
        let (owner, sender) = (try Actor(), try Actor())
        let size = 512
        let count = Tunables.claimBytes / 2 / size
        let perPage = Page.size / size
        let blocks = try owner.act { try (0..<count * perPage).map { _ in try allocate(size) } }
        for number in 0..<count {
          if state == .works { owner.heap.record.pointee.front.events += 1 }
          let block = blocks[frees == .scattered ? number * perPage : number]
          sender.act { Request.free(block) }
        }
        let waiting = Inbox(owner.heap, SizeClass(serving: size)).count * size
        if state == .waits && frees == .scattered {
          // The first share only shows that the owner does nothing.
          try check(waiting <= 2 * Tunables.scatteredBytes, "\(waiting) bytes wait")
        } else {
          try check(waiting >= count * size - Tunables.sheafBytes, "only \(waiting) bytes wait: the heap was claimed")
        }
        sender.end()
        owner.end()
      }
    }

    /// A thread that ends leaves its lists to the next one, but not if they could pin much.
    @Test(arguments: [false, true]) func onlySmallHeapsStayWarm(isLarge: Bool) throws {
      try FreshHeap.run {
        let thread = try Actor()
        let size = Page.size / 4
        let live = try thread.act {
          let blocks = try (0..<(isLarge ? 6 * Int(Tunables.warmPages) : 8)).map { _ in try allocate(size) }
          for block in blocks.suffix(4) { Request.free(block) }
          return blocks.dropLast(4)
        }
        let list = thread.heap.list(SizeClass(serving: size))
        try check(list.pointee.head != 0, "the list is empty before the thread ends")
        thread.end()
        try check((list.pointee.head == 0) == isLarge, "a heap of \(thread.heap.pageCount) pages")
        try check(!isLarge || quarry_heap_pages(thread.heap.record).pointee.pages == 0, "kept pages stay")
        for block in live { Request.free(block) }
      }
    }

    /// A second free is told however much waits for the owner.
    @Test func anObjectIsFoundBehindAllThatCameAfterIt() throws {
      try FreshHeap.run {
        Faults.clock = 1
        let (owner, sender) = (try Actor(), try Actor())
        let size = 8
        let blocks = try owner.act { try (0..<Tunables.claimBytes / size - 1024).map { _ in try allocate(size) } }
        for block in blocks {
          owner.heap.record.pointee.front.events += 1
          sender.act { Request.free(block) }
        }
        let waiting = Inbox(owner.heap, SizeClass(serving: size)).count
        try check(waiting >= blocks.count - Tunables.sheafObjects, "only \(waiting) objects wait")
        let first = Zone.shared.offset(blocks[0])
        let isFree = owner.act { Heap.current.isFree(first, Entry(Zone.shared.entry(holding: first).pointee)) }
        try check(isFree, "the first of \(waiting) objects that wait is not found")
        sender.end()
        owner.end()
      }
    }

    private func allocate(_ size: Int) throws -> UInt {
      let block = Request.allocate(UInt(size))
      try check(block != 0, "no memory")
      return block
    }
  }
}
