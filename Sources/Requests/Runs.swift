// Runs: blocks of whole pages, from the zone up to 32 MiB and with mappings of their own above.
import CShim
import Pages
import Platform
import Slabs
import Units

extension Request {
  /// A block of whole pages for `size` bytes: its address, 0 when there is no memory.
  /// - Parameter room: bytes beyond those that the program asked for.
  /// - Precondition: `alignment` is a power of two, in bytes.
  @inline(never)
  public static func allocatePages(_ size: UInt, room: UInt = 0, alignment: UInt, zeroed: Bool) -> UInt {
    let block = findPages(size &+ room, alignment: alignment, zeroed: zeroed)
    if block != 0 { count(size, at: block) }
    return block
  }

  @inline(__always) private static func findPages(_ size: UInt, alignment: UInt, zeroed: Bool) -> UInt {
    if size > UInt(Int.max) &- UInt(Page.size) || alignment > UInt(Int.max) / 2 { return 0 }
    if !Boot.isUp, !Boot.ensure() { return 0 }
    let bytes = max(Int(bitPattern: size), 1)
    // The kernel bounds the mappings of a process: when many blocks have one of their own, the zone serves the rest.
    let isCrowded = VirtualAreas.shared.count >= Tunables.areaLimit
    if (bytes <= Tunables.largestRun || isCrowded) && alignment <= UInt(Tunables.largestRun) {
      let run = allocateRun(Page.count(bytes: bytes), alignment: alignment, zeroed: zeroed)
      if run != 0 { return run }
      // No mapping for so little: smaller requests, which only the zone can serve, would fail while this one did not.
      if UInt(bytes) < Zone.step && alignment <= UInt(Page.size) { return 0 }
    }
    if UInt(bytes) > UInt(Int.max) &- alignment { return 0 }
    // As long as the run would be, so that a block's usable size follows from what was asked for.
    let pages = length(holding: Page.count(bytes: bytes))
    return VirtualAreas.shared.allocate(pages &<< Page.shift, alignment: Int(alignment)) ?? 0
  }

  /// Pages of a run that holds as many as are asked for. Of 1 to 4 MiB it is a multiple of 256 KiB, so that what one buffer
  /// leaves behind fits the next, a little longer one, and the zone need not grow for it.
  public static func length(holding pages: Int) -> Int {
    let step = Tunables.runStepPages
    return Tunables.steppedRuns.contains(pages) ? (pages &+ step &- 1) & ~(step &- 1) : pages
  }

  @inline(__always) static func allocateRun(_ asked: Int, alignment: UInt, zeroed: Bool) -> UInt {
    let pages = length(holding: asked)
    let zone = Zone.shared
    let alignmentInPages = max(1, Int(alignment) &>> Page.shift)
    // Where the window is less aligned than the request, a mapping of its own serves it.
    if zone.base & (alignment &- 1) != 0 { return 0 }
    guard let block = zone.allocate(pages, alignment: alignmentInPages) else { return 0 }
    if block.isNew { Heap.current.noteNewPages() }
    makeRun(block.first, pages)
    if block.new >= Page.perPageblock && asked >= Tunables.filledRunPages { zone.populateRun(block.first, asked) }
    let address = zone.address(block.first)
    if zeroed && !block.isZero { clear(address, bytes: pages &<< Page.shift) }
    return address
  }

  /// Makes pages that the caller took a run.
  static func makeRun(_ first: PageIndex, _ pages: Int) {
    let frame = Zone.shared.frame(first)
    frame.pointee.pages = UInt32(pages)
    frame.pointee.kind = UInt8(QUARRY_FRAME_RUN)
    Zone.shared.entry(first).pointee = Entry.run.rawValue
  }

  /// Bytes of the pages of a run.
  static func bytes(ofRun page: PageIndex) -> Int { Int(Zone.shared.frame(page).pointee.pages) &<< Page.shift }

  /// Gives a run back, or ends the process when another thread did.
  /// - Parameter address: of the run, as `function` was given it.
  static func freeRun(_ page: PageIndex, _ function: StaticString, _ address: UInt) {
    Zone.shared.learn(fromEndOf: page)
    if !freeSampled(page) && !Zone.shared.freeRun(page, entry: Entry.run.rawValue) {
      Misuse.doubleFree(function, address)
    }
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
