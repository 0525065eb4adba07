// Objects: kmalloc and its relatives. Requests with GFP_KERNEL go straight to the thread's lists, as malloc's do.
import CShim
import Pages
import Requests
import Slabs
import Units

public enum Objects {
  /// A block of at least `size` bytes; 0 when there is no memory.
  @inline(__always) public static func allocate(_ size: UInt, _ gfp: Gfp) -> UInt {
    Request.allocate(size)
  }
}
