// LiveObjects: what a cache says that cannot be destroyed.
import CShim
import Platform

enum LiveObjects {
  /// Objects that are named at most, a line each.
  private static let named = 16

  /// Says which objects of a cache are live. Everything else is at home.
  static func report(_ cache: UnsafeMutablePointer<kmem_cache>) {
    var count = 0
    visit(cache.pointee.full.first, &count)
    visit(cache.pointee.partial.first, &count)
    var message = Message()
    message.append("kmem_cache_destroy: cache ")
    message.append(name: cache)
    message.append(" has ")
    message.append(decimal: UInt64(count))
    message.append(count == 1 ? " live object and stays" : " live objects and stays")
    message.write()
  }

  private static func visit(_ list: UnsafeMutablePointer<quarry_object_slab>?, _ count: inout Int) {
    var next = list
    while let record = next {
      next = record.pointee.next
      let slab = ObjectSlab(record)
      for index in 0..<Int(record.pointee.cache.pointee.capacity) where !slab.isHome(index) {
        count &+= 1
        if count <= named { name(slab, index) }
      }
    }
  }

  private static func name(_ slab: ObjectSlab, _ index: Int) {
    var message = Message()
    message.append("kmem_cache_destroy: cache ")
    message.append(name: slab.cache)
    message.append(": object ")
    message.append(address: slab.address(index))
    message.append(" is live")
    CacheMisuse.appendUsers(slab, index, in: &message)
    message.write()
  }
}
