// CacheObject: from an address to its slab, and to its number there.
import CShim
import Pages
import Slabs
import Units

struct CacheObject {
  let slab: ObjectSlab
  let index: Int

  /// - Returns: nil when no object of a named cache begins at the address.
  init?(_ address: UInt) {
    guard let place = Self.place(of: address) else { return nil }
    slab = place.slab
    if place.position &* slab.cache.pointee.inverse >= slab.cache.pointee.inverse { return nil }
    index = Self.index(place.position, slab)
    if index >= Int(slab.cache.pointee.capacity) { return nil }
  }

  /// The object that an address lies in, and how far from its start: for messages.
  static func around(_ address: UInt) -> (object: CacheObject, distance: UInt)? {
    guard let place = place(of: address) else { return nil }
    let index = index(place.position, place.slab)
    if index >= Int(place.slab.cache.pointee.capacity) { return nil }
    return (CacheObject(slab: place.slab, index: index), address &- place.slab.address(index))
  }

  private init(slab: ObjectSlab, index: Int) {
    self.slab = slab
    self.index = index
  }

  private static func index(_ position: UInt64, _ slab: ObjectSlab) -> Int {
    Int(position.multipliedFullWidth(by: slab.cache.pointee.inverse).high)
  }

  /// The slab of a named cache that an address lies in, and the distance from its first object.
  private static func place(of address: UInt) -> (slab: ObjectSlab, position: UInt64)? {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) { return nil }
    let page = PageIndex(offset: offset)
    let entry = Entry(zone.entry(page).pointee)
    if !entry.isKernel { return nil }
    let frame = zone.frame(entry.slab)
    if frame.pointee.kind != UInt8(QUARRY_FRAME_CACHE) { return nil }
    let slab = ObjectSlab(UnsafeMutablePointer(bitPattern: UInt(frame.pointee.chain)).unsafelyUnwrapped)
    return (slab, entry.position(offset) &- UInt64(slab.cache.pointee.offset))
  }

  /// - Returns: nil when no object of this cache begins at the address.
  @inline(__always) init?(_ address: UInt, of cache: UnsafeMutablePointer<kmem_cache>) {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) { return nil }
    let entry = Entry(zone.entry(holding: offset).pointee)
    if _slowPath(entry.owner != cache.pointee.owner) {
      // The tag says whose the page is, but for caches that have none.
      guard let object = CacheObject(address), object.slab.cache == cache else { return nil }
      self = object
      return
    }
    let frame = zone.frame(entry.slab)
    slab = ObjectSlab(UnsafeMutablePointer(bitPattern: UInt(frame.pointee.chain)).unsafelyUnwrapped)
    let position = entry.position(offset) &- UInt64(cache.pointee.offset)
    let inverse = cache.pointee.inverse
    let index = position.multipliedFullWidth(by: inverse).high
    if position &* inverse >= inverse || index >= UInt64(cache.pointee.capacity) { return nil }
    self.index = Int(index)
  }
}
