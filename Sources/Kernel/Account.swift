// Account: what is in use of all that was asked for with __GFP_ACCOUNT or from caches with SLAB_ACCOUNT. The kernel charges a
// cgroup for it; here the program reads the sum.
import CShim
import Platform
import Synchronization
import Units

public enum Account {
  private static var record: UnsafeMutablePointer<Atomic<UInt64>> {
    atomic(quarry_kernel_memory_accounted(KernelMemory.record))
  }

  /// - Parameter bytes: below 0 for what goes.
  static func add(bytes: Int) { record.pointee.wrappingAdd(UInt64(bitPattern: Int64(bytes)), ordering: .relaxed) }

  /// The sum in pages, rounded up.
  public static var pages: UInt { UInt(Page.count(bytes: Int(record.pointee.load(ordering: .relaxed)))) }
}
