// Boot: the heap comes into being with the first request, which may be before any constructor ran.
import CShim
import Pages
import Platform
import Slabs
import Synchronization

enum Boot {
  private static var down: UInt32 { 0 }
  private static var underWay: UInt32 { 1 }
  private static var up: UInt32 { 2 }

  @inline(__always) private static var state: UnsafeMutablePointer<UInt32> {
    quarry_registry_boot_state(quarry_registry_record())
  }

  @inline(__always) static var isUp: Bool { atomic(state).pointee.load(ordering: .acquiring) == up }

  /// Makes the heap ready, unless it is.
  /// - Returns: false when the system gives no memory; a later call tries again.
  @inline(never) static func ensure() -> Bool {
    while true {
      // Pairs with the releasing stores below.
      let attempt = atomic(state).pointee.compareExchange(expected: down, desired: underWay, ordering: .acquiring)
      if attempt.exchanged {
        Options.read()
        Kswapd.reset()
        let success = Zone.shared.boot()
        System.registerBarrier()
        atomic(state).pointee.store(success ? up : down, ordering: .releasing)
        return success
      }
      if attempt.original == up { return true }
      quarry_sys_yield()
    }
  }
}
