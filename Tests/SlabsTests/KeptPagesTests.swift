import CShim
import Glibc
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Kept pages") struct KeptPages {
    /// A block that was a full slab, then one of another class that wrote to less of it: what the zone takes for zero is.
    @Test func whatWasWrittenStaysKnown() throws {
      try FreshHeap.run {
        use(3072, count: 4)
        use(6144, count: 1)
        Heap.current.enter()
        ThreadPages(Heap.current).release()
        Heap.current.leave()
        let zone = Zone.shared
        for block in try zone.verifiedBlocks() {
          for page in block.page..<block.end where !zone.isTouched(page) {
            let words = UnsafePointer<UInt64>(bitPattern: zone.address(PageIndex(page)))!
            try check((0..<512).allSatisfy { words[$0] == 0 }, "page \(page) is not zero, and is taken for it")
          }
        }
      }
    }

    /// Writes to objects of one size, and gives them and their slabs back.
    private func use(_ size: UInt, count: Int) {
      let objects = (0..<count).map { _ in Request.allocate(size) }
      for object in objects {
        memset(UnsafeMutableRawPointer(bitPattern: object)!, 0xa5, Int(size))
        Request.free(object)
      }
      Heap.current.empty()
    }
  }
}
