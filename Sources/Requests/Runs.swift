// Runs: blocks of whole pages, from the zone up to 32 MiB and with mappings of their own above.
import CShim
import Pages
import Platform
import Slabs
import Units

extension Request {
  /// - Parameter room: bytes beyond those that the program asked for.
  /// - Precondition: `alignment` is a power of two, in bytes.
  @inline(never)
  public static func allocatePages(_ size: UInt, room: UInt = 0, alignment: UInt, zeroed: Bool) -> UInt {
    let block = findPages(size &+ room, alignment: alignment, zeroed: zeroed)
    if block != 0 { count(size, at: block) }
    return block
  }

  private static func findPages(_ size: UInt, alignment: UInt, zeroed: Bool) -> UInt {
    if size > UInt(Int.max) &- UInt(Page.size) || alignment > UInt(Int.max) / 2 { return 0 }
    if !Boot.isUp, !Boot.ensure() { return 0 }
    let bytes = max(Int(bitPattern: size), 1)
    // The kernel bounds the mappings of a process: when many blocks have one of their own, the zone serves the rest.
    let isCrowded = VirtualAreas.shared.count >= Tunables.areaLimit
    if (bytes <= Tunables.largestRun || isCrowded) && alignment <= UInt(Tunables.largestRun) {
      let run = allocateRun(Page.count(bytes: bytes), alignment: alignment, zeroed: zeroed)
      if run != 0 { return run }
      // The zone may not have room for so little, though a mapping would: then smaller requests would fail, and this one
      // not.
      if UInt(bytes) < Zone.step && alignment <= UInt(Page.size) { return 0 }
    }
    if UInt(bytes) > UInt(Int.max) &- alignment { return 0 }
    return VirtualAreas.shared.allocate(bytes, alignment: Int(alignment)) ?? 0
  }

  static func allocateRun(_ pages: Int, alignment: UInt, zeroed: Bool) -> UInt {
    let zone = Zone.shared
    let alignmentInPages = max(1, Int(alignment) &>> Page.shift)
    // Where the window is less aligned than the request, a mapping of its own serves it.
    if zone.base & (alignment &- 1) != 0 { return 0 }
    guard let block = zone.allocate(pages, alignment: alignmentInPages) else { return 0 }
    if block.isNew { Heap.current.noteNewPages() }
    let frame = zone.frame(block.first)
    frame.pointee.pages = UInt32(pages)
    frame.pointee.kind = UInt8(QUARRY_FRAME_RUN)
    zone.entry(block.first).pointee = Entry.run.rawValue
    if block.new >= Page.perPageblock && pages >= Tunables.filledRunPages { zone.populateRun(block.first, pages) }
    let address = zone.address(block.first)
    if zeroed && !block.isZero { clear(address, bytes: pages &<< Page.shift) }
    return address
  }

  /// Bytes of the pages of a run.
  static func bytes(ofRun page: PageIndex) -> Int { Int(Zone.shared.frame(page).pointee.pages) &<< Page.shift }

  static func freeRun(_ page: PageIndex, _ function: StaticString, _ address: UInt) {
    Zone.shared.learn(fromEndOf: page)
    if !Zone.shared.freeRun(page, entry: Entry.run.rawValue) { Misuse.doubleFree(function, address) }
    Balance.keep()
  }

  /// Resizes a run where it lies.
  static func resizeRun(_ page: PageIndex, to pages: Int) -> Bool {
    let zone = Zone.shared
    let frame = zone.frame(page)
    let old = Int(frame.pointee.pages)
    if pages < old {
      zone.unwatch(page)
      frame.pointee.pages = UInt32(pages)
      zone.free(page + pages, old &- pages, touched: old &- pages)
      Balance.keep()
    } else if pages > old {
      guard let more = zone.extend(page + old, by: pages &- old) else { return false }
      if more.isNew { Heap.current.noteNewPages() }
      frame.pointee.pages = UInt32(pages)
    }
    return true
  }
}
