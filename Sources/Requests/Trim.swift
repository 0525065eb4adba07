// Trim: everything that is free and can be reached goes back to the system.
import CShim
import Pages
import Platform
import Slabs
import Units

extension Request {
  /// Takes the calling thread's lists and all inboxes home, gives empty slabs back, and purges the free pages.
  /// - Parameter keeping: bytes of free memory that may stay resident.
  /// - Returns: whether any memory went back.
  public static func trim(keeping bytes: Int) -> Bool {
    if !Boot.isUp { return false }
    if Heap.current.isReal { Heap.current.empty() }
    HeapRegistry.shared.drainAll()
    return Zone.shared.reclaim(keeping: UInt64(Page.count(bytes: min(bytes, Int.max / 2)))) > 0
  }

  /// Sets the bytes of free memory that stay resident while the program works.
  public static func setTrimThreshold(_ bytes: Int) {
    if !Boot.isUp, !Boot.ensure() { return }
    Zone.shared.keepAtLeast(pages: UInt64(bytes &>> Page.shift))
  }
}
