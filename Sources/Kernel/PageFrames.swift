// PageFrames: struct page, which is the frame record of a page: from addresses to frames and back, in every zone.
import CShim
import Pages
import Requests
import Units

public enum PageFrames {
  /// The frame of the page that holds an address; nil for an address of no zone.
  public static func frame(at address: UInt) -> UnsafeMutableRawPointer? {
    guard let zone = LowZones.zone(holding: address) else { return nil }
    return UnsafeMutableRawPointer(zone.frame(PageIndex(offset: zone.offset(address))))
  }

  /// Where the page of a frame lies; 0 for what is no frame.
  public static func address(of frame: UnsafeRawPointer?) -> UInt {
    guard let frame, let (zone, page) = place(frame) else { return 0 }
    return zone.address(page)
  }

  /// Where the page of a frame lies, or the end of the process for what is no frame.
  /// - Parameter function: the name that the program called.
  public static func address(of frame: UnsafeRawPointer?, _ function: StaticString) -> UInt {
    let address = address(of: frame)
    if address == 0 { PageRequest.end(function, UInt(bitPattern: frame), "not a page of this library") }
    return address
  }

  /// The first page of a compound block; any other page itself.
  public static func head(of frame: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    guard let (zone, page) = place(frame) else { return frame }
    guard let first = compoundHead(zone, page) else { return frame }
    return UnsafeMutableRawPointer(zone.frame(first))
  }

  /// The order of a compound block; 0 of any other page.
  public static func compoundOrder(of frame: UnsafeMutableRawPointer) -> UInt32 {
    guard let (zone, page) = place(frame) else { return 0 }
    guard let first = compoundHead(zone, page) else { return 0 }
    return PageRequest.frame(zone, first).pointee.order
  }

  /// The first page of the compound block that a page belongs to. In frames of other pages there may be anything.
  private static func compoundHead(_ zone: Zone, _ page: PageIndex) -> PageIndex? {
    let first = PageRequest.frame(zone, page).pointee.first
    if first == 0 || first > page.rawValue { return nil }
    let head = PageRequest.frame(zone, PageIndex(first)).pointee
    return head.kind == UInt8(QUARRY_FRAME_PAGES) && head.first == first && page.rawValue &- first < head.pages
      ? PageIndex(first) : nil
  }

  private static func place(_ frame: UnsafeRawPointer) -> (Zone, PageIndex)? {
    if let page = page(frame, Zone.shared) { return (Zone.shared, page) }
    for number in 0..<LowZones.count {
      let zone = Zone(quarry_kernel_memory_low_zone(KernelMemory.record, number))
      if let page = page(frame, zone) { return (zone, page) }
    }
    return nil
  }

  private static func page(_ frame: UnsafeRawPointer, _ zone: Zone) -> PageIndex? {
    let distance = UInt(bitPattern: frame) &- UInt(bitPattern: zone.record.pointee.frames)
    let pages = zone.extent &>> UInt(Page.shift)
    let size = UInt(MemoryLayout<quarry_frame>.stride)
    return distance < pages &* size && distance % size == 0 ? PageIndex(Int(distance / size)) : nil
  }
}
