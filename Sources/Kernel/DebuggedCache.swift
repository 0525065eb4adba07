// DebuggedCache: a named cache with SLAB_POISON, SLAB_RED_ZONE or SLAB_STORE_USER. It has no sheaves, so that every
// request passes here, under the cache's lock, and what is checked is exact. The patterns are the kernel's.
import CShim
import Platform

struct DebuggedCache {
  private let cache: NamedCache

  init(_ cache: NamedCache) { self.cache = cache }

  private static let poison: UInt8 = 0x6b
  private static let poisonEnd: UInt8 = 0xa5
  private static let redFree: UInt8 = 0xbb
  private static let redLive: UInt8 = 0xcc

  private static func has(_ slab: ObjectSlab, _ flag: UInt32) -> Bool { slab.cache.pointee.flags & flag != 0 }

  /// Gives the objects of a new slab the look of free ones, where that is checked. A constructor's work, and what readers
  /// without a lock may still look at, is not poisoned.
  static func prepare(_ slab: ObjectSlab) {
    if !NamedCache(slab.cache).isDebugged { return }
    for index in 0..<Int(slab.cache.pointee.capacity) { mark(slab, index, redFree) }
  }

  private static func isPoisoned(_ slab: ObjectSlab) -> Bool {
    has(slab, SLAB_POISON) && slab.cache.pointee.constructor == nil && !has(slab, SLAB_TYPESAFE_BY_RCU)
  }

  // MARK: Requests

  /// Takes an object from the slabs and checks that nobody touched it since it was freed.
  /// - Returns: 0 when none is at home, or the lock is taken and the request may not wait.
  func take(_ gfp: Gfp, _ caller: UInt) -> UInt {
    guard let held = Held(cache.home.lock, gfp) else { return 0 }
    defer { held.release() }
    cache.home.drainPosted()
    var address: UInt = 0
    if cache.home.take(1, into: &address) == 0 { return 0 }
    guard let object = CacheObject(address) else { return 0 }
    Self.check(object.slab, object.index, Self.redFree)
    Self.mark(object.slab, object.index, Self.redLive)
    if Self.has(object.slab, SLAB_STORE_USER) { object.slab.track(object.index).pointee.allocated_by = caller }
    return address
  }

  /// Checks an object and takes it home, or posts it where the lock is taken.
  func put(_ object: CacheObject, _ function: StaticString, _ caller: UInt) {
    let locked = cache.home.lock.tryAcquire()
    if locked && object.slab.isHome(object.index) { CacheMisuse.doubleFree(function, object.slab, object.index) }
    Self.check(object.slab, object.index, Self.redLive)
    Self.mark(object.slab, object.index, Self.redFree)
    if Self.has(object.slab, SLAB_STORE_USER) { object.slab.track(object.index).pointee.freed_by = caller }
    if locked {
      cache.home.takeHome(object, function)
      cache.home.lock.release()
    } else {
      object.slab.post(object.index, function)
    }
  }

  // MARK: Patterns

  private static func mark(_ slab: ObjectSlab, _ index: Int, _ red: UInt8) {
    let size = Int(slab.cache.pointee.object_size)
    let object = UnsafeMutablePointer<UInt8>(bitPattern: slab.address(index)).unsafelyUnwrapped
    if has(slab, SLAB_RED_ZONE) {
      let before = Int(slab.cache.pointee.offset)
      (object - before).update(repeating: red, count: before)
      (object + size).update(repeating: red, count: Int(slab.cache.pointee.stride) &- before &- size)
    }
    if isPoisoned(slab) {
      object.update(repeating: poison, count: size &- 1)
      object[size &- 1] = poisonEnd
    }
  }

  private static func check(_ slab: ObjectSlab, _ index: Int, _ red: UInt8) {
    let size = Int(slab.cache.pointee.object_size)
    let object = slab.address(index)
    if has(slab, SLAB_RED_ZONE) {
      let before = slab.cache.pointee.offset
      if let at = firstOther(than: red, object &- UInt(before), Int(before)) {
        CacheMisuse.damage("red zone overwritten before an object", at: at, slab, index)
      }
      if let at = firstOther(than: red, object &+ UInt(size), Int(slab.cache.pointee.stride) &- Int(before) &- size) {
        CacheMisuse.damage("red zone overwritten behind an object", at: at, slab, index)
      }
    }
    if red == redFree && isPoisoned(slab) {
      let last = object &+ UInt(size) &- 1
      if let at = firstOther(than: poison, object, size &- 1) ?? firstOther(than: poisonEnd, last, 1) {
        CacheMisuse.damage("free object written to", at: at, slab, index)
      }
    }
  }

  private static func firstOther(than value: UInt8, _ address: UInt, _ count: Int) -> UInt? {
    let bytes = UnsafePointer<UInt8>(bitPattern: address).unsafelyUnwrapped
    for index in 0..<count where bytes[index] != value { return address &+ UInt(index) }
    return nil
  }
}
