// Kswapd: the thread that gives memory back while the program does something else, after the kernel's.
//
// It exists only while there is something to do: slow paths call it when more is free than the narrow bound allows; it looks
// about, and ends once nothing is left and nobody called it since it last looked. So an idle process is not woken, and a
// program that ends its threads, to unshare or to drop privileges, soon has one less. What it does is in the layer above.
// It is started by the bare system call, which takes no lock and no memory: wherever free was called from.
import CShim
import Platform
import Synchronization
import Units

public enum Kswapd {
  private static var registry: UnsafeMutablePointer<quarry_registry> { quarry_registry_record() }

  /// QUARRY_KSWAPD_*. Who moves it away from ABSENT starts the thread, which waits on this word between its looks.
  private static var state: UnsafeMutablePointer<UInt32> { quarry_registry_kswapd_state(registry) }

  @inline(__always) private static func isState(_ value: Int32) -> Bool {
    atomic(state).pointee.load(ordering: .relaxed) == UInt32(value)
  }

  /// Whether it looks after what is free, so that slow paths need not.
  @inline(__always) public static var isPresent: Bool { !isState(QUARRY_KSWAPD_ABSENT) }

  /// Whether there is a thread, be it one that only has to end.
  public static var isRunning: Bool {
    atomic(quarry_registry_kswapd_running(registry)).pointee.load(ordering: .relaxed) != 0
  }

  /// Calls kswapd: starts it where it may run, and makes it look at least once more. Takes no lock, and may be called
  /// with any held.
  /// - Returns: whether it runs.
  @inline(__always) public static func call() -> Bool { isState(QUARRY_KSWAPD_CALLED) || callOrStart() }

  @inline(never) private static func callOrStart() -> Bool {
    // Pairs with the exchange in look().
    if isState(QUARRY_KSWAPD_WOKEN) { return true }
    if isState(QUARRY_KSWAPD_QUIET) { return move(QUARRY_KSWAPD_QUIET, to: QUARRY_KSWAPD_CALLED) }
    if !isWanted { return false }
    let now = System.milliseconds
    if now &- registry.pointee.kswapd_refused_time < Tunables.keepMilliseconds { return false }
    if !move(QUARRY_KSWAPD_ABSENT, to: QUARRY_KSWAPD_CALLED) { return true }
    if start() { return true }
    registry.pointee.kswapd_refused_time = now
    atomic(state).pointee.store(UInt32(QUARRY_KSWAPD_ABSENT), ordering: .releasing)
    return false
  }

  /// Makes kswapd look at once, if it is there. May be called in any context: it takes no lock, and its only system
  /// call is the wake-up.
  public static func wake() {
    if move(QUARRY_KSWAPD_QUIET, to: QUARRY_KSWAPD_WOKEN) || move(QUARRY_KSWAPD_CALLED, to: QUARRY_KSWAPD_WOKEN) {
      quarry_sys_futex_wake(state, 1)
    }
  }

  private static func move(_ from: Int32, to: Int32) -> Bool {
    atomic(state).pointee.compareExchange(
      expected: UInt32(from), desired: UInt32(to), ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Whether kswapd may be started: unless an option says otherwise, only in processes that have several threads
  /// anyway. Never in the middle of a fork, nor in the child of a vfork, which is another process in its parent's
  /// memory.
  private static var isWanted: Bool {
    switch Int32(registry.pointee.option_kswapd) {
    case QUARRY_KSWAPD_OFF: return false
    case QUARRY_KSWAPD_ON: break
    default: if registry.pointee.is_threaded == 0 { return false }
    }
    return registry.pointee.forking_thread == 0 && registry.pointee.process == quarry_sys_process()
  }

  private static func start() -> Bool {
    // The last one may be on its way out, on the stack that the next one uses: a few instructions.
    let running = quarry_registry_kswapd_running(registry)
    for _ in 0..<100 {
      if atomic(running).pointee.load(ordering: .acquiring) == 0 { return System.startKswapd(running) }
      quarry_sys_yield()
    }
    return false
  }

  // MARK: For the thread itself

  /// Waits until the next look is due.
  /// - Returns: false when it was woken before.
  public static func rest() -> Bool {
    let seen = atomic(state).pointee.load(ordering: .relaxed)
    // Where it is called in between, it comes round at once, and waits again.
    return seen != UInt32(QUARRY_KSWAPD_WOKEN)
      && quarry_sys_futex_wait_for(state, seen, Tunables.keepMilliseconds) != 0
  }

  /// Begins a look.
  /// - Returns: whether it was called since the last one.
  public static func look() -> Bool {
    atomic(state).pointee.exchange(UInt32(QUARRY_KSWAPD_QUIET), ordering: .acquiringAndReleasing)
      != QUARRY_KSWAPD_QUIET
  }

  /// Ends the thread's work unless it was called meanwhile.
  /// - Returns: whether it may go.
  public static func leave() -> Bool { move(QUARRY_KSWAPD_QUIET, to: QUARRY_KSWAPD_ABSENT) }

  // MARK: Life of the process

  /// At boot, and in the child of a fork, which has one thread.
  public static func reset() {
    atomic(state).pointee.store(UInt32(QUARRY_KSWAPD_ABSENT), ordering: .relaxed)
    atomic(quarry_registry_kswapd_running(registry)).pointee.store(0, ordering: .relaxed)
    registry.pointee.is_threaded = 0
    Lock(quarry_registry_look_lock(registry)).reset()
    registry.pointee.process = quarry_sys_process()
  }
}
