// Possession: who may touch the slabs of a heap.
//
// The heap's own thread marks itself busy, by a plain store, before it works on slabs, then looks whether the heap is
// claimed, and takes the mark away afterwards. Whoever else wants the slabs takes the heap's lock, claims the heap by
// changing its number, with which free compares the owner of every page, and issues a barrier on all threads. If the thread
// is seen to be busy then, it is left alone. If not, it will see the claim before it touches anything, and wait for the
// lock. An idle heap, whose thread has ended, needs its lock alone. (The asymmetric half of Dekker's algorithm; Dice,
// Huang and Yang, "Asymmetric Dekker synchronization", 2001; membarrier(2).)
//
// Lock order: a busy thread waits for no heap's lock, and whoever holds a heap's lock does not wait for a busy thread.
// Only the fork handlers do, before they take the locks of areas and zone.
import CShim
import Pages
import Platform
import Synchronization
import Units

extension Heap {
  @inline(__always) var lock: Lock { Lock(quarry_heap_lock(record)) }

  /// Begins the owner's work on slabs.
  @inline(__always) func enter() {
    quarry_heap_mark(record)
    if isClaimed { waitForClaim() }
  }

  /// Whether somebody else claimed the heap. The answer holds only between mark and unmark.
  @inline(__always) var isClaimed: Bool { record.pointee.front.tag & UInt64(QUARRY_HEAP_CLAIMED) != 0 }

  /// Ends the owner's work on slabs.
  @inline(__always) public func leave() { quarry_heap_unmark(record) }

  @inline(never) private func waitForClaim() {
    repeat {
      quarry_heap_unmark(record)
      let acquired = lock.acquire()
      lock.release(acquired)
      quarry_heap_mark(record)
    } while atomic(quarry_heap_tag(record)).pointee.load(ordering: .relaxed) == UInt64(QUARRY_HEAP_CLAIMED)
  }

  /// Whether the heap's thread has ended, or never was: nobody is at work in it without its lock.
  @inline(__always) var isIdle: Bool {
    atomic(quarry_heap_state(record)).pointee.load(ordering: .sequentiallyConsistent) == UInt32(QUARRY_HEAP_IDLE)
  }

  /// Runs `body`, which may work on the slabs of this heap.
  /// - Precondition: the calling thread is not busy in its own heap, and holds no heap's lock.
  /// - Returns: false when the heap's thread is at work in it, and nothing was done.
  func possess(_ body: () -> Void) -> Bool {
    if record == Heap.current.record {
      enter()
      body()
      leave()
      return true
    }
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if isIdle {
      body()
      return true
    }
    // The forking thread has claimed every heap already.
    if !acquired || !isActive { return false }
    claim()
    let isMine = System.barrier() && !isBusy
    if isMine { body() }
    giveBack()
    return isMine
  }

  /// Runs `body`, which may work on the lists and slabs of this heap, if the heap is idle.
  func possessIdle(_ body: () -> Void) {
    let acquired = lock.acquire()
    if isIdle { body() }
    lock.release(acquired)
  }

  /// Whether a thread runs whose heap it is.
  var isActive: Bool {
    atomic(quarry_heap_state(record)).pointee.load(ordering: .relaxed) == UInt32(QUARRY_HEAP_ACTIVE)
  }

  // MARK: With the lock held

  /// Stops the owner from beginning anything new; after a barrier, `isBusy` says whether it has ended what it began.
  func claim() { atomic(quarry_heap_tag(record)).pointee.store(UInt64(QUARRY_HEAP_CLAIMED), ordering: .relaxed) }

  /// Pairs with the releasing store that ends the owner's work.
  var isBusy: Bool { atomic(quarry_heap_busy(record)).pointee.load(ordering: .acquiring) != 0 }

  /// Lets the owner go on.
  func giveBack() { atomic(quarry_heap_tag(record)).pointee.store(Entry.tag(number), ordering: .releasing) }
}
