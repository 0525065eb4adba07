// PrefilledSheaf: objects that a program sets aside, so that what follows cannot fail.
import CShim
import Platform
import Requests
import Slabs

public struct PrefilledSheaf {
  private let sheaf: CacheSheaf

  /// The sheaf that a program means: of this cache, or the process ends.
  /// - Parameter function: the name that the program called.
  public init(
    _ record: UnsafeMutablePointer<slab_sheaf>?, of cache: UnsafeMutablePointer<kmem_cache>?, _ function: StaticString
  ) {
    let cache = Handle.cache(cache, function)
    let record = Handle.sheaf(record, function)
    if record.pointee.cache != cache { CacheMisuse.wrongSheaf(record, cache) }
    sheaf = CacheSheaf(record)
  }

  public var count: Int { sheaf.count }

  /// - Returns: nil when there is no memory.
  public static func make(
    _ cache: UnsafeMutablePointer<kmem_cache>, _ gfp: Gfp, _ count: Int
  ) -> UnsafeMutablePointer<slab_sheaf>? {
    guard let sheaf = CacheSheaf.make(cache, capacity: max(count, 1)) else { return nil }
    if !NamedCache(cache).allocate(gfp, count: count, into: sheaf.objects, caller: 0) {
      sheaf.release()
      return nil
    }
    sheaf.record.pointee.count = UInt32(count)
    Handle.seal(sheaf.record)
    return sheaf.record
  }

  /// Fills up to `count` objects; a larger sheaf takes the place of one that cannot hold so many.
  /// - Returns: the sheaf; nil when there is no memory, and nothing has changed.
  public func refill(_ gfp: Gfp, _ count: Int) -> UnsafeMutablePointer<slab_sheaf>? {
    let cache = sheaf.record.pointee.cache
    var target = sheaf
    if count > sheaf.capacity {
      guard let larger = CacheSheaf.make(cache, capacity: count) else { return nil }
      target = larger
    }
    let missing = max(0, count &- sheaf.count)
    let place = target.objects + sheaf.count
    if !NamedCache(cache).allocate(gfp, count: missing, into: place, caller: 0) {
      if target.record != sheaf.record { target.release() }
      return nil
    }
    let total = sheaf.record.pointee.count &+ UInt32(missing)
    if target.record != sheaf.record {
      CacheSheaf.copy(sheaf.objects, to: target.objects, sheaf.count)
      Handle.seal(target.record)
      Handle.unseal(sheaf.record)
      sheaf.release()
    }
    target.record.pointee.count = total
    return target.record
  }

  /// - Returns: 0 when the sheaf is empty.
  public func take(_ gfp: Gfp) -> UInt {
    let object = sheaf.pop()
    let cache = sheaf.record.pointee.cache
    if object != 0 && gfp.isZeroed && cache.pointee.constructor == nil {
      Request.clear(object, bytes: Int(cache.pointee.object_size))
    }
    return object
  }

  /// Gives the sheaf back, with what is in it.
  public func release() {
    Handle.unseal(sheaf.record)
    NamedCache(sheaf.record.pointee.cache).free(sheaf.objects, sheaf.count, "kmem_cache_return_sheaf", caller: 0)
    sheaf.release()
  }
}
