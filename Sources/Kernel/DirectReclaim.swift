// DirectReclaim: making room when memory is short, on the thread that needs it, in the kernel's order: what caches hold
// goes home, empty slabs go back, free pages go to the system, shrinkers give up what they can, and at last what the
// program holds is offered to swap.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Units

public enum DirectReclaim {
  /// The kernel's DEF_PRIORITY: shrinkers look at one object of 2^12. Priority 0 is the heaviest.
  static let lightest = 12

  /// Takes what is free home from lists and slabs, and gives free pages back to the system: nobody loses anything.
  /// - Returns: pages that count no longer.
  @discardableResult
  static func reclaimFree() -> Int {
    protected {
      let before = Zone.shared.chargedPages
      trim(keeping: 0)
      let after = Zone.shared.chargedPages
      return after < before ? Int(before &- after) : 0
    }
  }

  /// What malloc_trim does: everything that is free, of this interface, too, goes back to the system.
  /// - Parameter keeping: bytes of free memory of malloc's that may stay resident.
  /// - Returns: whether any memory went back.
  @discardableResult
  public static func trim(keeping bytes: Int) -> Bool {
    if !KernelMemory.isUp { return Request.trim(keeping: bytes) }
    DeferredFrees.drain()
    _ = Caches.drain()
    AtomicReserve.shrink(onlyIdle: false)
    let trimmed = Request.trim(keeping: bytes)
    return purge() > 0 || trimmed
  }

  /// Pages that are free but resident, and not among malloc's. Read without locks.
  static var purgeable: UInt64 { Zone.shared.typedResident &+ LowZones.residentFree }

  /// Gives back what is free in the low zones, and in the pageblocks of other types than movable.
  /// - Returns: pages that went back.
  @discardableResult
  static func purge() -> Int {
    Zone.shared.reclaimTyped(.unmovable) &+ Zone.shared.reclaimTyped(.reclaimable) &+ LowZones.reclaim()
  }

  /// One round of shrinkers; what they gave up lies in lists and slabs then.
  /// - Returns: pages and objects that were given up.
  @discardableResult
  static func round(_ gfp: Gfp, priority: Int) -> Int {
    let freed = protected { Shrinkers.shrink(gfp, priority: priority) } &+ reclaimFree()
    if freed == 0 && priority == 0 && gfp.has(___GFP_IO) { PageOut.offer() }
    return freed
  }

  /// What reclaim itself needs comes from what is kept, and never reclaims again.
  private static func protected(_ body: () -> Int) -> Int {
    let context = quarry_context_of_thread()
    quarry_set_context_of_thread(context | QUARRY_CONTEXT_MEMALLOC)
    defer { quarry_set_context_of_thread(context) }
    return body()
  }
}
