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
      let frame = zone.frame(PageIndex(page))
      let isSlab = frame.pointee.kind == UInt32(QUARRY_FRAME_SLAB)
      if isSlab && frame.pointee.listed == 0 && frame.pointee.pages > 0 {
        // Neighbours go in one call.
        let start = page
        var next = page
        while next < end {
          let frame = zone.frame(PageIndex(next))
          let isFull = frame.pointee.kind == UInt32(QUARRY_FRAME_SLAB) && frame.pointee.listed == 0
          if !isFull || frame.pointee.pages == 0 { break }
          next &+= Int(frame.pointee.pages)
        }
        System.pageOut(zone.address(PageIndex(start)), bytes: UInt((min(next, end) &- start) &<< Page.shift))
        page = next
      } else {
        page &+= 1
      }
    }
  }
}
