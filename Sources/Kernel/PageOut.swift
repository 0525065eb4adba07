// PageOut: slabs that nobody took from or gave to for long are offered to swap. The content stays the program's; where
// there is no swap the system keeps it, and nothing is gained.
import CShim
import Pages
import Platform
import Units

enum PageOut {
  /// Offers the slabs that are full: every list and cache has left them alone since they filled.
  static func offer() {
    let zone = Zone.shared
    let end = Int(zone.extent &>> UInt(Page.shift))
    var page = 1
    while page < end {
      // Neighbours go in one call.
      let start = page
      while page < end, let pages = fullSlab(zone, page) { page &+= pages }
      if page > start {
        System.pageOut(zone.address(PageIndex(start)), bytes: UInt((min(page, end) &- start) &<< Page.shift))
      } else {
        page &+= 1
      }
    }
  }

  /// Pages of the full slab that begins at a page, if one does. Read without a lock: at worst the wrong pages are offered.
  private static func fullSlab(_ zone: Zone, _ page: Int) -> Int? {
    let frame = zone.frame(PageIndex(page))
    let isFull = frame.pointee.kind == UInt8(QUARRY_FRAME_SLAB) && frame.pointee.state == UInt8(QUARRY_SLAB_FULL)
    return isFull && frame.pointee.pages > 0 ? Int(frame.pointee.pages) : nil
  }
}
