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
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) { return nil }
    let page = PageIndex(offset: offset)
    let entry = Entry(zone.entry(page).pointee)
    if !entry.isKernel { return nil }
    let frame = zone.frame(page - entry.pageInSlab)
    if frame.pointee.kind != UInt8(QUARRY_FRAME_CACHE) { return nil }
    slab = ObjectSlab(UnsafeMutablePointer(bitPattern: UInt(frame.pointee.chain)).unsafelyUnwrapped)
    let cache = slab.cache
    let position = entry.position(offset) &- UInt64(cache.pointee.offset)
    if position &* cache.pointee.inverse >= cache.pointee.inverse { return nil }
    index = Int(position.multipliedFullWidth(by: cache.pointee.inverse).high)
    if index >= Int(cache.pointee.capacity) { return nil }
  }

  /// - Returns: nil when no object of this cache begins at the address.
  init?(_ address: UInt, of cache: UnsafeMutablePointer<kmem_cache>) {
    guard let object = CacheObject(address), object.slab.cache == cache else { return nil }
    self = object
  }
}
