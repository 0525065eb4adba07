import CShim
import Glibc
import Platform

@testable import Kernel
@testable import Pages

/// The kernel interface of the process, from its first request to nothing, over a fresh heap.
enum FreshKernel {
  static func run(_ body: () throws -> Void) throws {
    forget()
    defer { forget() }
    try FreshHeap.run(verifying: false, body)
  }

  private static func forget() {
    LowZones.forEach { zone in
      // The tables begin with the page map, and the zone follows them.
      guard let pageMap = zone.record.pointee.page_map, zone.extent > 0 else { return }
      let start = UInt(bitPattern: pageMap)
      System.unmap(start, bytes: zone.base + zone.extent - start)
    }
    memset(quarry_kernel_memory_record(), 0, MemoryLayout<quarry_kernel_memory>.size)
    memset(quarry_kernel_record(), 0, MemoryLayout<quarry_kernel>.size)
    quarry_set_context_of_thread(0)
  }
}
