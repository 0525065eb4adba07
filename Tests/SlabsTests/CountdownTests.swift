import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Countdown") struct CountdownTests {
    /// The bytes between two samples are the same however often the clock is looked at in between.
    @Test func aReminderMovesNoSample() throws {
      try FreshHeap.run {
        let owner = try Actor()
        let heap = owner.heap
        heap.setCountdown(10_000)
        heap.remind()
        try check(heap.isDue(after: 10) && heap.endReminder(), "nobody is reminded")
        try check(!heap.isDue(after: 9990), "a sample comes too early")
        try check(heap.isDue(after: 1) && !heap.endReminder(), "a sample comes too late")
        owner.end()
      }
    }

    /// A request that goes beyond the next sample is that sample, whatever else was due.
    @Test func aLargeRequestIsNoReminder() throws {
      try FreshHeap.run {
        let owner = try Actor()
        owner.heap.setCountdown(10_000)
        owner.heap.remind()
        try check(owner.heap.isDue(after: 10_001) && !owner.heap.endReminder(), "a sample was passed over")
        owner.end()
      }
    }

    /// While much is free, a busy thread is reminded more and more rarely, and one that waited a while at once.
    @Test func remindersFollowTheProgram() throws {
      try FreshHeap.run {
        Faults.clock = 1
        let owner = try Actor()
        let heap = owner.heap
        func nextReminder() throws -> Int64 {
          let bytes = heap.record.pointee.front.countdown
          try check(heap.isDue(after: UInt(bytes) + 1) && heap.endReminder(), "a sample is due")
          return bytes
        }
        let block = try owner.act { try touched(Request.allocate(4 << 20), pages: 1024) }
        heap.setCountdown(1 << 30)
        owner.act { Request.free(block) }
        try check(Zone.shared.hasExcess, "nothing is free")
        heap.remind()
        let reminders = try (0..<10).map { _ in try nextReminder() }
        try check(reminders == [0, 1, 2, 4, 8, 16, 32, 64, 64, 64].map { $0 << 10 }, "\(reminders)")
        Faults.clock = 1 + UInt64(Tunables.reminderMilliseconds)
        _ = try nextReminder()
        try check(try nextReminder() == 0, "a thread that waits is not reminded at once")

        // Until the look gave back what nobody needs.
        Faults.clock = 1 + Tunables.keepMilliseconds
        _ = try nextReminder()
        Faults.clock = 1 + 2 * Tunables.keepMilliseconds
        _ = try nextReminder()
        try check(!Zone.shared.hasExcess, "too much is free")
        try check(heap.record.pointee.beyond_reminder == 0, "a look is due though nothing is left to do")
        owner.end()
      }
    }

    /// The free pages alone are not all: reminders go on until the holes in slabs went back, too.
    @Test func remindersOutliveTheFreePages() throws {
      try FreshHeap.run {
        Faults.clock = 1
        let owner = try Actor()
        let heap = owner.heap
        var model = RequestModel()
        let block = try owner.act {
          for _ in 0..<400 { try model.allocate(2048) }
          for index in model.blocks.indices.reversed() where index % 5 != 0 { try model.free(index) }
          heap.empty()
          return try touched(Request.allocate(4 << 20), pages: 1024)
        }
        heap.setCountdown(1 << 30)
        owner.act { Request.free(block) }
        try owner.act {
          Faults.clock = Tunables.keepMilliseconds
          _ = Balance.look()
          // So that the next look finds the thread at work, and leaves its slabs alone.
          for _ in 0..<300 { heap.noteEvent() }
          heap.remind()
          for look in 2...8 {
            Faults.clock = UInt64(look) * Tunables.keepMilliseconds
            _ = heap.isDue(after: 1)
            try check(heap.endReminder(), "a sample is due")
          }
          try check(heap.purgeHoles() == 0, "holes were forgotten")
        }
        owner.act { try? model.freeAll() }
        owner.end()
      }
    }

    private func touched(_ block: UInt, pages: Int) throws -> UInt {
      try check(block != 0, "no memory")
      for page in 0..<pages {
        UnsafeMutablePointer<UInt8>(bitPattern: block + UInt(page << Page.shift)).unsafelyUnwrapped.pointee = 1
      }
      return block
    }
  }
}
