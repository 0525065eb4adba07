// LowZones: memory at addresses that old devices reach, below 16 MiB and below 4 GiB: zones of their own, each with its
// window and its tables below the bound, made on the first request. Lock: low, outside of their own.
import CShim
import Pages
import Platform
import Synchronization
import Units

/// The zones of GFP_DMA and GFP_DMA32.
public enum LowZones {
  static var lock: Lock { Lock(quarry_kernel_memory_low_lock(KernelMemory.record)) }
  private static var untried: UInt32 { 0 }
  private static var up: UInt32 { 1 }
  private static var refused: UInt32 { 2 }

  static let count = 2
  private static func bound(_ number: Int) -> UInt { number == 0 ? 16 << 20 : 4 << 30 }

  private static func state(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    atomic(quarry_kernel_memory_low_state(KernelMemory.record) + number)
  }

  private static func number(for gfp: Gfp) -> Int { gfp.has(___GFP_DMA) ? 0 : 1 }

  /// The record of the zone that would serve the flags, up or not.
  static func record(for gfp: Gfp) -> UnsafeMutablePointer<quarry_zone> {
    quarry_kernel_memory_low_zone(KernelMemory.record, number(for: gfp))
  }

  /// The zone that serves the flags.
  /// - Returns: nil where no memory can be mapped below its bound, and, when `atHand`, when it is not up yet.
  static func zone(for gfp: Gfp, atHand: Bool = false) -> Zone? {
    let number = number(for: gfp)
    let zone = Zone(record(for: gfp))
    // Pairs with the releasing store in `settle`: before it the zone has an extent, but not all of its tables.
    var known = state(number).pointee.load(ordering: .acquiring)
    if known == untried && !atHand { known = settle(zone, number) }
    return known == up ? zone : nil
  }

  /// Makes the zone unless it was tried before.
  /// - Returns: its state from now on.
  private static func settle(_ zone: Zone, _ number: Int) -> UInt32 {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let known = state(number).pointee.load(ordering: .relaxed)
    if known != untried { return known }
    let found = boot(zone, number) ? up : refused
    state(number).pointee.store(found, ordering: .releasing)
    return found
  }

  /// 1 and 2 for the low zones, 0 for the other one.
  static func number(of zone: Zone) -> Int {
    for number in 0..<count where zone.record == quarry_kernel_memory_low_zone(KernelMemory.record, number) {
      return number &+ 1
    }
    return 0
  }

  static func forEach(_ body: (Zone) -> Void) {
    for number in 0..<count { body(Zone(quarry_kernel_memory_low_zone(KernelMemory.record, number))) }
  }

  /// Whether an address lies in a low zone.
  static func holds(_ address: UInt) -> Bool {
    address &>> 32 == 0 && zone(holding: address) != nil
  }

  /// Whether a block, or the inside of one, is at an address. Where a zone went on behind somebody else's mapping, that
  /// lies within its extent.
  static func holdsBlock(_ address: UInt) -> Bool {
    guard address &>> 32 == 0, let zone = zone(holding: address) else { return false }
    return zone.entry(PageIndex(offset: zone.offset(address))).pointee != 0
  }

  /// The zone that an address lies in, low or not.
  static func zone(holding address: UInt) -> Zone? {
    if Zone.shared.offset(address) < UInt64(Zone.shared.extent) { return Zone.shared }
    for number in 0..<count {
      let zone = Zone(quarry_kernel_memory_low_zone(KernelMemory.record, number))
      if zone.offset(address) < UInt64(zone.extent) { return zone }
    }
    return nil
  }

  // MARK: Giving back

  /// Pages that are free but resident in both. Read without their locks.
  static var residentFree: UInt64 {
    var pages: UInt64 = 0
    forEach { pages &+= $0.record.pointee.touched_free_pages }
    return pages
  }

  /// Gives all that is free back to the system.
  /// - Returns: pages that went back.
  @discardableResult
  static func reclaim() -> Int {
    var pages = 0
    forEach { pages &+= $0.reclaim(keeping: 0) }
    return pages
  }

  /// Looks for the largest free window below the bound.
  private static func boot(_ zone: Zone, _ number: Int) -> Bool {
    let bound = bound(number)
    var bytes = number == 0 ? bound &- 1 << 20 : bound / 2
    while bytes >= 1 << 20 {
      // From the top downwards: programs and their heaps lie lower.
      var end = bound
      while end > bytes {
        if zone.boot(from: end &- bytes, to: end) { return true }
        end &-= bytes / 2
      }
      bytes /= 2
    }
    return false
  }
}
