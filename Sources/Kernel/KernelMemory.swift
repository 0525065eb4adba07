// KernelMemory: what has to be there before a request with flags: the limit with its watermarks, and the atomic reserve.
// It comes into being with the first such request.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Synchronization
import Units

public enum KernelMemory {
  static var record: UnsafeMutablePointer<quarry_kernel_memory> { quarry_kernel_memory_record() }

  private static var down: UInt32 { 0 }
  private static var underWay: UInt32 { 1 }
  private static var up: UInt32 { 2 }
  private static var heldForFork: UInt32 { 3 }

  @inline(__always) private static var state: UnsafeMutablePointer<UInt32> { quarry_kernel_memory_state(record) }

  @inline(__always) public static var isUp: Bool { atomic(state).pointee.load(ordering: .acquiring) == up }

  /// Makes everything ready, unless it is. The reserve may be less than whole where memory is short already.
  /// - Returns: false when the system gives no memory at all; a later call tries again.
  @inline(never) static func ensure() -> Bool {
    quarryEnsureBooted()
    if Zone.shared.extent == 0 { return false }
    // From here on a fork waits for whoever makes this ready.
    Hooks.activate()
    while true {
      // Pairs with the releasing stores below.
      let attempt = atomic(state).pointee.compareExchange(expected: down, desired: underWay, ordering: .acquiring)
      if attempt.exchanged {
        Watermarks.set()
        _ = ReserveSlabs.fill()
        atomic(state).pointee.store(up, ordering: .releasing)
        return true
      }
      if attempt.original == up { return true }
      if attempt.original == heldForFork && Fork.isForkingThread { return false }
      quarry_sys_yield()
    }
  }

  /// Sees that nobody makes things ready over a fork: the child would wait for a thread that it lacks.
  static func holdForFork() {
    while true {
      let attempt = atomic(state).pointee.compareExchange(expected: down, desired: heldForFork, ordering: .acquiring)
      if attempt.exchanged || attempt.original == up || Fork.isForkingThread { return }
      quarry_sys_yield()
    }
  }

  static func letGoAfterFork() {
    _ = atomic(state).pointee.compareExchange(expected: heldForFork, desired: down, ordering: .releasing)
  }

  /// Whether signal handlers may use the interface: from then on no free touches a thread's lists.
  @inline(__always) static var servesHandlers: Bool {
    atomic(quarry_kernel_serves_handlers(quarry_kernel_record())).pointee.load(ordering: .relaxed) != 0
  }

  /// Says that signal handlers may use the interface.
  static func expectHandlers() {
    atomic(quarry_kernel_serves_handlers(quarry_kernel_record())).pointee.store(1, ordering: .relaxed)
  }

  /// Makes everything ready for signal handlers.
  /// - Returns: false when there is not enough memory for all of the reserve.
  public static func prepareForHandlers() -> Bool {
    expectHandlers()
    return ensure() && ReserveSlabs.fill()
  }

  /// Like `ensure`, but without waiting, for a request that may come from a signal handler.
  static func ensureAtHand() -> Bool {
    if isUp { return true }
    // Not while anybody is making either ready: it may be the code that a handler interrupted.
    let boot = atomic(quarry_registry_boot_state(quarry_registry_record())).pointee.load(ordering: .acquiring)
    if boot != down && boot != up || atomic(state).pointee.load(ordering: .relaxed) != down { return false }
    return HeapRegistry.shared.isIdle && Zone.shared.isIdle && ensure()
  }
}
