// PageRequest: alloc_pages and its relatives. What is known of a block lies in the frames of its pages, outside of them.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Synchronization
import Units

public enum PageRequest {
  typealias Frame = UnsafeMutablePointer<quarry_page_frame>

  public static var maxOrder: Int { Int(MAX_PAGE_ORDER) }

  /// 2^order pages at a multiple of their size: the address, 0 when there is no memory.
  public static func allocate(order: UInt32, _ gfp: Gfp) -> UInt {
    if order > UInt32(maxOrder) {
      tell("alloc_pages", order, "orders go up to MAX_PAGE_ORDER, 10; kvmalloc serves larger blocks")
      return 0
    }
    let pages = 1 &<< Int(order)
    return Demand.satisfy(bytes: UInt(pages &<< Page.shift), gfp, upTo: .max) {
      take(pages, order: Int(order), flags: 0, gfp)
    }
  }

  /// As many pages as `size` bytes need, at a multiple of the next power of two.
  public static func allocateExact(_ size: UInt, _ gfp: Gfp) -> UInt {
    if size == 0 { return 0 }
    return Demand.satisfy(bytes: size, gfp, upTo: UInt(Page.size) &<< UInt(maxOrder)) {
      let pages = Page.count(bytes: Int(size))
      return take(pages, order: PageOrder(holding: pages).rawValue, flags: QUARRY_PAGES_EXACT, gfp)
    }
  }

  /// One attempt at a block of `bytes` for kmalloc: as many whole pages as a run would have, at a multiple of the next power
  /// of two.
  static func take(bytes: UInt, _ gfp: Gfp) -> UInt {
    let pages = Request.length(holding: Page.count(bytes: Int(bytes)))
    return take(pages, order: PageOrder(holding: pages).rawValue, flags: QUARRY_PAGES_EXACT, gfp)
  }

  /// One attempt.
  private static func take(_ pages: Int, order: Int, flags: UInt32, _ gfp: Gfp) -> UInt {
    guard let zone = gfp.isLow ? LowZones.zone(for: gfp, atHand: !gfp.mayWait) : Zone.shared else { return 0 }
    let type = gfp.isLow ? .movable : gfp.migrateType
    let alignment = 1 &<< order
    let found =
      gfp.mayWait
      ? zone.allocate(pages, alignment: alignment, in: type)
      : zone.allocateAtHand(pages, alignment: alignment, in: type)
    if gfp.isLow, let found, !Zone.shared.charge(elsewhere: pages) {
      giveBack(zone, found.first, pages, touched: 0)
      return 0
    }
    guard let found else {
      if gfp.mayWait || gfp.isLow || flags != 0 { return 0 }
      // Cleared by whoever asked, as an object would be.
      let block = AtomicReserve.take(UInt(pages &<< Page.shift), gfp)
      if block != 0 && gfp.isZeroed { Request.clear(block, bytes: pages &<< Page.shift) }
      return block
    }
    let accounted = gfp.has(___GFP_ACCOUNT)
    describe(zone, found.first, pages, order: order, flags | (accounted ? QUARRY_PAGES_ACCOUNTED : 0))
    if accounted { Account.add(bytes: pages &<< Page.shift) }
    if gfp.has(___GFP_COMP) {
      for page in 0..<pages { frame(zone, found.first + page).pointee.first = found.first.rawValue }
    }
    let address = zone.address(found.first)
    if gfp.isZeroed && !found.isZero { Request.clear(address, bytes: pages &<< Page.shift) }
    return address
  }

  private static func describe(_ zone: Zone, _ page: PageIndex, _ pages: Int, order: Int, _ flags: UInt32) {
    frame(zone, page).pointee = quarry_page_frame(
      first: 0, flags: flags, order: UInt32(order), next: 0, padding0: 0, pages: UInt32(pages), padding1: (0, 0, 0),
      kind: UInt8(QUARRY_FRAME_PAGES), padding2: 0)
    Hooks.activate()
    zone.entry(page).pointee = Entry.kernel(slab: page).rawValue
  }

  /// Whether an address lies in the first page of a block of pages.
  static func holds(_ address: UInt) -> Bool {
    guard let zone = LowZones.zone(holding: address) else { return false }
    let page = PageIndex(offset: zone.offset(address))
    return Entry(zone.entry(page).pointee).isKernel && zone.frame(page).pointee.kind == UInt8(QUARRY_FRAME_PAGES)
  }

  /// Gives a block of `alloc_pages` back.
  public static func free(_ address: UInt, order: UInt32, _ function: StaticString) {
    if address == 0 { return }
    let (zone, page) = block(at: address, function)
    if AtomicReserve.holds(address) {
      let size = AtomicReserve.size(of: address, function)
      if size != Page.size &<< Int(order) { wrongOrder(function, address, order, size / Page.size) }
      AtomicReserve.free(address, function)
      return
    }
    let frame = frame(zone, page)
    if frame.pointee.order != order || frame.pointee.flags & QUARRY_PAGES_EXACT != 0 {
      wrongOrder(function, address, order, Int(frame.pointee.pages))
    }
    release(zone, page, function)
  }

  /// Gives a block of `alloc_pages_exact` back.
  public static func freeExact(_ address: UInt, _ size: UInt, _ function: StaticString) {
    if address == 0 { return }
    let (zone, page) = block(at: address, function)
    let frame = frame(zone, page)
    let isExact = frame.pointee.kind == UInt8(QUARRY_FRAME_PAGES) && frame.pointee.flags & QUARRY_PAGES_EXACT != 0
    if !isExact || size == 0 || size > UInt(Int.max / 2)
      || Page.count(bytes: Int(bitPattern: size)) != Int(frame.pointee.pages)
    {
      end(function, address, "not the size that alloc_pages_exact was asked for")
    }
    release(zone, page, function)
  }

  /// Gives any block of pages back, as kfree does; `function` is what the program called.
  public static func free(_ address: UInt, _ function: StaticString) {
    let (zone, page) = block(at: address, function)
    release(zone, page, function)
  }

  /// Bytes of a block of pages.
  public static func size(of address: UInt, _ function: StaticString) -> Int {
    let (zone, page) = block(at: address, function)
    return Int(zone.frame(page).pointee.pages) &<< Page.shift
  }

  /// Makes single pages of a block.
  public static func split(_ address: UInt, order: UInt32, _ function: StaticString) {
    let (zone, page) = block(at: address, function)
    if AtomicReserve.holds(address) { end(function, address, "a block of the atomic reserve stays whole") }
    let frame = frame(zone, page)
    if frame.pointee.first != 0 { end(function, address, "a compound block stays whole: leave __GFP_COMP out") }
    let pages = Int(frame.pointee.pages)
    if frame.pointee.order != order { wrongOrder(function, address, order, pages) }
    let flags = frame.pointee.flags & ~QUARRY_PAGES_EXACT
    for number in 0..<pages { describe(zone, page + number, 1, order: 0, flags) }
  }

  // MARK: Within

  private static func release(_ zone: Zone, _ page: PageIndex, _ function: StaticString) {
    let entry = atomic(zone.entry(page))
    // One of two threads that free the same block at once finds the entry gone.
    if entry.pointee.exchange(0, ordering: .acquiringAndReleasing) == 0 {
      Misuse.doubleFree(function, zone.address(page))
    }
    let frame = frame(zone, page)
    let pages = Int(frame.pointee.pages)
    if frame.pointee.flags & QUARRY_PAGES_ACCOUNTED != 0 { Account.add(bytes: -(pages &<< Page.shift)) }
    if frame.pointee.first != 0 { for number in 0..<pages { self.frame(zone, page + number).pointee.first = 0 } }
    frame.pointee.kind = 0
    if zone.record != Zone.shared.record { Zone.shared.discharge(elsewhere: pages) }
    giveBack(zone, page, pages, touched: pages)
  }

  private static func giveBack(_ zone: Zone, _ page: PageIndex, _ pages: Int, touched: Int) {
    if !KernelMemory.servesHandlers {
      zone.freeTyped(page, pages, touched: touched)
      BackgroundReclaim.lookInTime()
    } else if !zone.freeAtHand(page, pages, touched: touched) {
      zone.frame(page).pointee.pages = UInt32(pages)
      DeferredFrees.add(page, of: zone)
    }
  }

  /// The live block that begins at an address, or the end of the process.
  private static func block(at address: UInt, _ function: StaticString) -> (Zone, PageIndex) {
    guard let zone = LowZones.zone(holding: address) else { end(function, address, "not a page of this library") }
    let page = PageIndex(offset: zone.offset(address))
    let entry = Entry(zone.entry(page).pointee)
    let isPage = address & UInt(Page.size &- 1) == 0
    if isPage && (holds(address) || AtomicReserve.holds(address)) { return (zone, page) }
    let isFree = isPage && entry.rawValue == 0
    end(function, address, isFree ? "these pages are free" : "not the start of a block of pages")
  }

  static func frame(_ zone: Zone, _ page: PageIndex) -> Frame {
    UnsafeMutableRawPointer(zone.frame(page)).assumingMemoryBound(to: quarry_page_frame.self)
  }

  // MARK: Misuse

  private static func tell(_ function: StaticString, _ order: UInt32, _ reason: StaticString) {
    var message = Message()
    message.append(function)
    message.append(": order ")
    message.append(decimal: UInt64(order))
    message.append(": ")
    message.append(reason)
    message.write()
  }

  private static func wrongOrder(_ function: StaticString, _ address: UInt, _ order: UInt32, _ pages: Int) -> Never {
    var message = Misuse.begin(function, address)
    message.append("order ")
    message.append(decimal: UInt64(order))
    message.append(", but the block has ")
    message.append(decimal: UInt64(pages))
    message.append(pages == 1 ? " page" : " pages")
    Misuse.end(saying: message)
  }

  static func end(_ function: StaticString, _ address: UInt, _ reason: StaticString) -> Never {
    var message = Misuse.begin(function, address)
    message.append(reason)
    Misuse.end(saying: message)
  }
}
