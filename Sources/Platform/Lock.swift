// Lock: a futex lock of one word (0 free, 1 held, 2 held and waited for), after Drepper, "Futexes are tricky", 2011.
//
// Lock order, outermost first: registry; heap (in the order of the heap numbers when more than one is taken, which only
// the fork handlers do; a second heap's lock is otherwise only tried, never waited for); of the kernel interface, kernel,
// cache, metadata; area; zone. Outside of all these: the kernel interface's shrinker, low and reserve locks, which the fork
// handlers alone take after registry and heaps; who holds one of them waits for neither of these two.
import CShim
import Synchronization
import Units

public struct Lock {
  @usableFromInline let word: UnsafeMutablePointer<UInt32>

  @inline(__always) public init(_ record: UnsafeMutablePointer<quarry_lock>) {
    word = UnsafeMutableRawPointer(record).assumingMemoryBound(to: UInt32.self)
  }

  /// Waits until the lock is free, and takes it.
  /// - Returns: whether `release` has to follow: false for the thread between the fork handlers, which holds every lock.
  @inline(__always) public func acquire() -> Bool {
    // Pairs with the releasing exchange in release().
    if atomic(word).pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { return true }
    return acquireContended()
  }

  /// Takes the lock if it is free.
  @inline(__always) public func tryAcquire() -> Bool {
    atomic(word).pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
  }

  /// Releases the lock if `acquire` said that this has to follow.
  @inline(__always) public func release(_ acquired: Bool) {
    if acquired { release() }
  }

  @inline(__always) public func release() {
    // Pairs with the acquiring compare-and-exchange of the next holder.
    if atomic(word).pointee.exchange(0, ordering: .releasing) == 2 { quarry_sys_futex_wake(word, 1) }
  }

  /// Makes the lock free, whoever held it: in the child of a fork the other threads are gone. Wakes all who wait, since
  /// a fork handler of the program that ran before ours may have started threads.
  public func reset() {
    if atomic(word).pointee.exchange(0, ordering: .releasing) == 2 { quarry_sys_futex_wake(word, UInt32(Int32.max)) }
  }

  @inline(never) private func acquireContended() -> Bool {
    if Fork.isForkingThread { return false }
    for _ in 0..<Tunables.lockSpins {
      quarry_pause()
      if atomic(word).pointee.load(ordering: .relaxed) == 0, tryAcquire() { return true }
    }
    while atomic(word).pointee.exchange(2, ordering: .acquiring) != 0 { quarry_sys_futex_wait(word, 2) }
    return true
  }

  /// Whether anybody holds it: for assertions.
  public var isHeld: Bool { atomic(word).pointee.load(ordering: .relaxed) != 0 }
}

/// What locks need to know of a fork under way.
public enum Fork {
  /// Whether the calling thread passes all locks: it is between the fork handlers, holds every lock of the library, and
  /// runs other handlers, which may allocate; or it is about to fork and is the only thread, so nobody else can hold
  /// one.
  @inline(__always) public static var isForkingThread: Bool {
    let forking = atomic(forkingThread).pointee.load(ordering: .relaxed)
    return forking != 0 && forking == quarry_thread_identity()
  }

  public static func begin() { atomic(forkingThread).pointee.store(quarry_thread_identity(), ordering: .relaxed) }
  public static func end() { atomic(forkingThread).pointee.store(0, ordering: .relaxed) }

  @inline(__always) private static var forkingThread: UnsafeMutablePointer<UInt> {
    quarry_registry_forking_thread(quarry_registry_record())
  }
}
