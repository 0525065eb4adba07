// Trim: everything that is free and can be reached goes back to the system.
import CShim
import Pages
import Platform
import Slabs
import Units

extension Request {
  /// Takes the calling thread's lists, all sheaves and inboxes home, gives empty slabs and holes in others back, and purges the
  /// free pages.
  /// - Parameter keeping: bytes of free memory that may stay resident.
  /// - Returns: whether any memory went back.
  public static func trim(keeping bytes: Int) -> Bool {
    if !Boot.isUp { return false }
    if Heap.current.isReal { Heap.current.empty() }
    HeapRegistry.shared.drainAll()
    var holes = 0
    for number in 1..<(HeapRegistry.shared.count &+ 1) { holes &+= HeapRegistry.heap(number).purgeHoles() }
    return Zone.shared.reclaim(keeping: UInt64(Page.count(bytes: min(bytes, Int.max / 2)))) &+ holes > 0
  }

  /// Sets the bytes of free memory that stay resident while the program works; nil keeps all.
  public static func setTrimThreshold(_ bytes: Int?) {
    if !Boot.isUp, !Boot.ensure() { return }
    Zone.shared.keepAtLeast(pages: bytes.map { UInt64($0 &>> Page.shift) } ?? Zone.keepAll)
  }
}
