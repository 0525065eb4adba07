import CShim
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Platform

/// A lock's record in memory of its own, and a number that only the lock protects.
private final class Guarded: @unchecked Sendable {
  let record = UnsafeMutablePointer<quarry_lock>.allocate(capacity: 1)
  var number = 0

  init() { record.initialize(to: quarry_lock(word: 0)) }
  deinit { record.deallocate() }

  /// Counts with time for another thread between reading and writing.
  func countSlowly() {
    let before = number
    sched_yield()
    number = before + 1
  }

  var lock: Lock { Lock(record) }
  var word: UInt32 { atomic(lock.word).pointee.load(ordering: .relaxed) }
}

@Suite("Lock")
struct LockTests {
  @Test func oneThreadAtATimeIsInside() throws {
    let guarded = Guarded()
    try Threads.run(4) { _ in
      for _ in 0..<5_000 {
        let acquired = guarded.lock.acquire()
        guarded.countSlowly()
        guarded.lock.release(acquired)
      }
    }
    #expect(guarded.number == 20_000)
    #expect(!guarded.lock.isHeld)
  }

  @Test func tryingExcludesAsWaitingDoes() throws {
    let guarded = Guarded()
    try Threads.run(4) { _ in
      for _ in 0..<5_000 {
        while !guarded.lock.tryAcquire() { sched_yield() }
        guarded.countSlowly()
        guarded.lock.release()
      }
    }
    #expect(guarded.number == 20_000)
  }

  @Test func tryingFailsOnAHeldLockAndLeavesIt() {
    let guarded = Guarded()
    #expect(guarded.lock.tryAcquire())
    #expect(guarded.lock.isHeld)
    #expect(!guarded.lock.tryAcquire())
    guarded.lock.release()
    #expect(!guarded.lock.isHeld)
    #expect(guarded.lock.tryAcquire())
  }

  /// The sleeper says in the word that it waits before it does, so the test can wait for that.
  @Test func aSleepingThreadIsWoken() throws {
    let guarded = Guarded()
    let entered = Atomic<Bool>(false)
    #expect(guarded.lock.acquire())
    try Threads.run(2) { number in
      if number == 0 {
        let acquired = guarded.lock.acquire()
        entered.store(true, ordering: .relaxed)
        guarded.lock.release(acquired)
      } else {
        while guarded.word != 2 { sched_yield() }
        try check(!entered.load(ordering: .relaxed), "a held lock let a thread in")
        guarded.lock.release()
      }
    }
    let hasEntered = entered.load(ordering: .relaxed)
    #expect(hasEntered)
    #expect(!guarded.lock.isHeld)
  }

  @Test func releaseOfALockThatWasPassedDoesNothing() {
    let guarded = Guarded()
    #expect(guarded.lock.acquire())
    guarded.lock.release(false)
    #expect(guarded.lock.isHeld)
  }

  @Test func resetFreesALockWhoseHolderIsGone() throws {
    let guarded = Guarded()
    try Threads.run(1) { _ in _ = guarded.lock.acquire() }
    guarded.lock.reset()
    #expect(guarded.lock.tryAcquire())
  }
}
