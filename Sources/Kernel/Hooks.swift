// Hooks: what the layers below ask of this one, from the first use of the kernel interface on.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Units

enum Hooks {
  /// Installs them, unless they are, and sees that the heap is up.
  /// - Precondition: called before the first page gets the kind QUARRY_ENTRY_KERNEL.
  static func activate() {
    if KernelHooks.areInstalled { return }
    quarryEnsureBooted()
    // Who else comes here writes the same.
    let record = quarry_kernel_hook_record(quarry_kernel_record())
    record.pointee = quarry_kernel_hooks(
      holds: { LowZones.holdsBlock($0) ? 1 : 0 },
      free: { Hooks.free($0, $1.load(as: StaticString.self)) },
      usable_size: { Hooks.usableSize($0, $1.load(as: StaticString.self)) },
      thread_ends: { SlotTable.release(UnsafeMutablePointer(bitPattern: $0).unsafelyUnwrapped) },
      fork: { KernelFork.handle($0) },
      kswapd_looks: { BackgroundReclaim.look(isDue: $0 != 0) ? 1 : 0 },
      memory: UInt(bitPattern: KernelMemory.record))
    KernelHooks.install(record)
  }

  private static func free(_ address: UInt, _ function: StaticString) {
    if LowZones.holds(address) { return PageRequest.free(address, function) }
    if AtomicReserve.holds(address) { return AtomicReserve.free(address, function) }
    if PageRequest.holds(address) { return PageRequest.free(address, function) }
    guard let place = CacheObject(address) else { CacheMisuse.invalid(function, address) }
    NamedCache.free(place, address, function, 0)
  }

  private static func usableSize(_ address: UInt, _ function: StaticString) -> Int {
    if LowZones.holds(address) { return PageRequest.size(of: address, function) }
    if AtomicReserve.holds(address) { return AtomicReserve.size(of: address, function) }
    if PageRequest.holds(address) { return PageRequest.size(of: address, function) }
    guard let place = CacheObject(address) else { CacheMisuse.invalid(function, address) }
    return Int(place.slab.cache.pointee.object_size)
  }
}
