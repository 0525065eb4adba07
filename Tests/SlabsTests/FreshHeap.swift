import CShim
import Glibc
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

/// The heap of the process, from its first request to nothing. The test process itself allocates from the C library, so
/// between two tests all of ours can be unmapped and its records zeroed, as when a program starts.
enum FreshHeap {
  /// Runs `body` on a thread of its own, over a heap that did not come up yet; verifies the heap when the thread is
  /// gone; and takes it down.
  /// - Parameter verifying: false where the kernel interface has pages in use, which the census does not know.
  /// - Parameter sampling: value of the option `sample`.
  static func run(verifying: Bool = true, sampling: String = "off", _ body: () throws -> Void) throws {
    takeDown()
    setenv("QUARRY_OPTIONS", "sample=\(sampling)", 1)
    defer { takeDown() }
    try Threads.runAlone {
      defer { Faults.clear() }
      do {
        try body()
      } catch {
        // The end of the thread must not stumble over what is broken, and hide the failure behind a crash.
        pthread_setspecific(HeapRegistry.shared.record.pointee.exit_key, nil)
        throw error
      }
    }
    if verifying && Boot.isUp { _ = try HeapRegistry.shared.verifiedCensus() }
  }

  private static func takeDown() {
    let zone = Zone.shared.record
    let registry = HeapRegistry.shared.record
    if let areas = registry.pointee.areas {
      for slot in 0..<Int(registry.pointee.area_slots) where areas[slot].address > 1 {
        System.unmap(areas[slot].address, bytes: areas[slot].bytes)
      }
      System.unmap(
        UInt(bitPattern: areas),
        bytes: UInt(registry.pointee.area_slots) * UInt(MemoryLayout<quarry_area>.stride))
    }
    if let pageMap = zone.pointee.page_map {
      let start = UInt(bitPattern: pageMap)
      if zone.pointee.reserved != 0 {
        System.unmap(start, bytes: zone.pointee.base + UInt(zone.pointee.window) - start)
      } else {
        // The tables and the heaps lie in the 16 GiB below the zone, and nothing else does.
        System.unmap(start, bytes: zone.pointee.base - start)
        System.unmap(zone.pointee.base, bytes: max(zone.pointee.extent, 4096))
      }
    }
    if let stacks = registry.pointee.stacks {
      System.unmap(UInt(bitPattern: stacks), bytes: UInt(QUARRY_STACK_TABLE_BYTES))
    }
    memset(zone, 0, MemoryLayout<quarry_zone>.size)
    // The key belongs to the process: the constructor made it, and makes no other.
    let (key, hasKey) = (registry.pointee.exit_key, registry.pointee.has_exit_key)
    memset(registry, 0, MemoryLayout<quarry_registry>.size)
    registry.pointee.exit_key = key
    registry.pointee.has_exit_key = hasKey
  }
}

/// A thread as far as the allocator knows one, which is its heap: several of them on one thread take turns in an order
/// that the test decides.
struct Actor {
  var heap: Heap

  init() throws {
    try check(Boot.ensure(), "the heap does not come up")
    guard let heap = HeapRegistry.shared.acquire() else { throw Failure("no heap can be had") }
    self.heap = heap
  }

  func act<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = Heap.current
    quarry_set_heap_of_thread(heap.record)
    defer { quarry_set_heap_of_thread(before.record) }
    return try body()
  }

  /// Ends as a thread does after its last destructor.
  func end() {
    let before = Heap.current
    quarry_set_heap_of_thread(quarry_heap_ended())
    HeapRegistry.shared.retire(heap)
    quarry_set_heap_of_thread(before.record)
  }
}

/// The tests share the one heap of the process, so they run one at a time.
@Suite("The heap", .serialized) enum TheHeap {}
