// KernelHooks: what the kernel interface, a layer above, does for this one. Nothing, until a program uses it.
import CShim
import Platform
import Slabs

public struct KernelHooks {
  private let record: UnsafePointer<quarry_kernel_hooks>

  /// nil until a program uses the kernel interface.
  static var installed: KernelHooks? { quarry_registry_record().pointee.kernel_hooks.map { KernelHooks(record: $0) } }

  public static var areInstalled: Bool { quarry_registry_record().pointee.kernel_hooks != nil }

  /// Installs the hooks, which stay where they are from then on. Never in the middle of a fork, which has not asked whoever
  /// goes on behind them to wait: it holds the registry's lock, too.
  public static func install(_ record: UnsafePointer<quarry_kernel_hooks>) {
    let registry = quarry_registry_record()
    let lock = Lock(quarry_registry_lock(registry))
    let acquired = lock.acquire()
    registry.pointee.kernel_hooks = record
    lock.release(acquired)
  }

  /// Whether an address beyond the zone is one of the interface.
  func holds(_ address: UInt) -> Bool { record.pointee.holds(address) != 0 }

  /// Frees a block of the interface.
  func free(_ address: UInt, _ function: StaticString) {
    withUnsafePointer(to: function) { record.pointee.free(address, $0) }
  }

  func usableSize(_ address: UInt, _ function: StaticString) -> Int {
    withUnsafePointer(to: function) { Int(record.pointee.usable_size(address, $0)) }
  }

  func threadEnds(_ heap: Heap) { record.pointee.thread_ends(UInt(bitPattern: heap.record)) }

  /// - Parameter phase: QUARRY_FORK_*.
  func fork(_ phase: Int32) { record.pointee.fork(phase) }

  /// Kswapd looks.
  /// - Returns: whether it has to come again.
  func kswapdLooks(_ isDue: Bool) -> Bool { record.pointee.kswapd_looks(isDue ? 1 : 0) != 0 }
}
