// KernelHooks: what the kernel interface, a layer above, does for this one. Nothing, until a program uses it.
import CShim
import Slabs

public struct KernelHooks {
  private let record: UnsafePointer<quarry_kernel_hooks>

  /// nil until a program uses the kernel interface.
  static var installed: KernelHooks? { quarry_registry_record().pointee.kernel_hooks.map { KernelHooks(record: $0) } }

  public static var areInstalled: Bool { quarry_registry_record().pointee.kernel_hooks != nil }

  /// Installs the hooks, which stay where they are from then on.
  public static func install(_ record: UnsafePointer<quarry_kernel_hooks>) {
    quarry_registry_record().pointee.kernel_hooks = record
  }

  /// Frees a block on a page of the interface.
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
