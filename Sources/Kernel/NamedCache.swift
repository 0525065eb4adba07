// NamedCache: requests to a cache that kmem_cache_create made. From the thread's sheaves, or else, under the cache's lock,
// from the barn and the slabs. Frees never wait for the cache's lock: where it is taken, the object is posted.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Units

public struct NamedCache {
  public let record: UnsafeMutablePointer<kmem_cache>

  @inline(__always) public init(_ record: UnsafeMutablePointer<kmem_cache>) { self.record = record }

  @inline(__always) public var isMerged: Bool { record.pointee.number == QUARRY_CACHE_MERGED }
  @inline(__always) var isDebugged: Bool {
    record.pointee.flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER) != 0
  }
  var home: CacheHome { CacheHome(record) }

  // MARK: Allocation

  /// An object from the thread's sheaf, or else from where the slow way leads: its address, 0 when there is no memory.
  @inline(__always)
  public static func allocate(
    from cache: UnsafeMutablePointer<kmem_cache>?, _ gfp: Gfp, otherwise slow: () -> UInt
  ) -> UInt {
    // What is no cache may have any number: the sheaf must be the handle's.
    guard gfp == .kernel, let cache, let slot = CacheSlot(cache.pointee.number),
      slot.main.record.pointee.cache == cache
    else { return slow() }
    return slot.pop(otherwise: slow)
  }

  /// - Parameter caller: the return address in the program.
  @inline(never) public func allocate(_ gfp: Gfp, caller: UInt) -> UInt {
    if gfp.isRefused || !CacheFlags.areValid(gfp, record) { return 0 }
    if isMerged {
      // Like the cache's own pages, a general cache's are placed and counted as it was made.
      let plain = Gfp(gfp.rawValue & ~(___GFP_RECLAIMABLE | ___GFP_ACCOUNT))
      return Objects.allocate(generalSize, plain, otherwise: { Objects.allocate($0, $1) })
    }
    let bytes = UInt(record.pointee.slab_pages) &<< UInt(Page.shift)
    let object = Demand.satisfy(bytes: bytes, gfp, upTo: .max) { obtain(gfp, caller) }
    if object != 0 && gfp.isZeroed && record.pointee.constructor == nil {
      Request.clear(object, bytes: Int(record.pointee.object_size))
    }
    return object
  }

  /// Bytes of an object of the general cache behind a merged one.
  var generalSize: UInt { UInt(SizeClass(Int(record.pointee.size_class)).objectSize) }

  /// One attempt.
  func obtain(_ gfp: Gfp, _ caller: UInt) -> UInt {
    while true {
      let object: UInt
      if isDebugged {
        object = DebuggedCache(self).take(gfp, caller)
      } else if let slot = slot(gfp) {
        object = take(through: slot)
      } else {
        object = takeFromHome(gfp)
      }
      if object != 0 { return object }
      if !gfp.mayWait { return takeFromReserve(gfp) }
      guard let slab = ObjectSlab.make(record, gfp) else { return 0 }
      DebuggedCache.prepare(slab)
      let acquired = home.lock.acquire()
      home.add(slab)
      home.lock.release(acquired)
    }
  }

  /// The thread's slot. None for a request that cannot wait, which may come from a handler that interrupted the thread
  /// in the middle of a step.
  private func slot(_ gfp: Gfp) -> CacheSlot? {
    record.pointee.sheaf_capacity == 0 || !gfp.mayWait ? nil : SlotTable.slot(record)
  }

  /// Fills the thread's main sheaf and takes an object from it.
  /// - Returns: 0 when the cache has none.
  private func take(through slot: CacheSlot) -> UInt {
    if slot.main.count == 0 && slot.spare.count > 0 { slot.exchangeSheaves() }
    if slot.main.count == 0 {
      let acquired = home.lock.acquire()
      if let full = Barn(record).exchange(empty: slot.main) {
        slot.record.pointee.main = full.record
      } else {
        home.drainPosted()
        slot.record.pointee.main.pointee.count = UInt32(home.take(slot.main.capacity, into: slot.main.objects))
      }
      home.lock.release(acquired)
    }
    return slot.main.pop()
  }

  func takeFromHome(_ gfp: Gfp) -> UInt {
    guard let held = Held(home.lock, gfp) else { return 0 }
    defer { held.release() }
    home.drainPosted()
    var object: UInt = 0
    return home.take(1, into: &object) == 1 ? object : 0
  }

  /// Takes an object from the atomic reserve, where the cache can do with memory that was something else before.
  private func takeFromReserve(_ gfp: Gfp) -> UInt {
    if record.pointee.flags & SLAB_TYPESAFE_BY_RCU != 0 { return 0 }
    // Counted as the cache was made, whatever the request says.
    let counted = record.pointee.flags & SLAB_ACCOUNT != 0 ? ___GFP_ACCOUNT : 0
    let flags = Gfp(gfp.rawValue & ~___GFP_ACCOUNT | counted)
    let object = AtomicReserve.take(UInt(max(record.pointee.object_size, record.pointee.alignment)), flags)
    if object != 0 { record.pointee.constructor?(UnsafeMutableRawPointer(bitPattern: object).unsafelyUnwrapped) }
    return object
  }

  // MARK: Free

  /// Puts an object into the thread's sheaf if it is one of this cache, or goes the slow way. The object leads to the cache
  /// whose sheaf it is, so that the handle is trusted no earlier than it is seen to be that cache.
  @inline(__always)
  public static func free(
    _ object: UInt, to cache: UnsafeMutablePointer<kmem_cache>?, otherwise slow: () -> Void
  ) {
    let zone = Zone.shared
    let offset = zone.offset(object)
    // Where handlers are served, this may be one that interrupted the thread in the middle of a step.
    if KernelMemory.servesHandlers || offset >= UInt64(zone.extent) { return slow() }
    let entry = Entry(zone.entry(holding: offset).pointee)
    guard let slot = CacheSlot(entry.owner &- QUARRY_CACHE_OWNER), slot.main.record.pointee.cache == cache
    else { return slow() }
    // No sheaf is one of no cache.
    let inverse = cache.unsafelyUnwrapped.pointee.inverse
    if entry.position(offset) &* inverse >= inverse { return slow() }
    slot.push(object, otherwise: slow)
  }

  /// - Parameter function: the name that the program called.
  @inline(never) public func free(_ object: UInt, _ function: StaticString, caller: UInt) {
    if object == 0 { return }
    let place = CacheObject(object)
    if let place, place.slab.cache == record {
      Self.free(place, object, function, caller)
    } else if AtomicReserve.holds(object) {
      AtomicReserve.free(object, function)
    } else if isMerged && place == nil && Objects.usableSize(object, function) == generalSize {
      Objects.free(object, function)
    } else {
      CacheMisuse.wrong(function, object, record)
    }
  }

  /// Frees an object whatever its cache is.
  static func free(_ place: CacheObject, _ object: UInt, _ function: StaticString, _ caller: UInt) {
    let cache = NamedCache(place.slab.cache)
    if cache.isDebugged {
      DebuggedCache(cache).put(place, function, caller)
    } else if let slot = cache.slotForFrees {
      if slot.main.last == object { CacheMisuse.doubleFree(function, place.slab, place.index) }
      if cache.put(object, through: slot) { cache.releaseSurplus() } else { place.slab.post(place.index, function) }
    } else {
      cache.putHome(place, function)
    }
  }

  /// The thread's slot. None where handlers are served: this may be one.
  private var slotForFrees: CacheSlot? {
    record.pointee.sheaf_capacity == 0 || KernelMemory.servesHandlers ? nil : SlotTable.slot(record)
  }

  /// Makes room in the thread's sheaves and puts an object there.
  /// - Returns: false when the cache's lock is taken.
  private func put(_ object: UInt, through slot: CacheSlot) -> Bool {
    if slot.main.isFull && !slot.spare.isFull { slot.exchangeSheaves() }
    if slot.main.isFull {
      if !home.lock.tryAcquire() { return false }
      if let empty = Barn(record).exchange(full: slot.spare) {
        slot.record.pointee.spare = empty.record
      } else {
        home.drainPosted()
        Barn(record).emptyHome(slot.spare)
      }
      home.lock.release()
      slot.exchangeSheaves()
    }
    return slot.main.push(object)
  }

  func putHome(_ place: CacheObject, _ function: StaticString) {
    if home.lock.tryAcquire() {
      home.drainPosted()
      home.takeHome(place, function)
      home.lock.release()
      releaseSurplus()
    } else {
      place.slab.post(place.index, function)
    }
  }

  /// Gives empty slabs back but for a few, which the next requests may need: not where handlers are served, whose frees must
  /// not wait for the zone.
  private func releaseSurplus() {
    let kept = UInt64(Tunables.keptFloor / Int(record.pointee.slab_pages)) &+ 1
    if record.pointee.empty.count <= kept || KernelMemory.servesHandlers
      || record.pointee.flags & SLAB_TYPESAFE_BY_RCU != 0
    {
      return
    }
    let acquired = home.lock.acquire()
    let chain = home.detachEmpty(keeping: Int(kept) / 2)
    home.lock.release(acquired)
    CacheHome.release(chain)
  }
}

/// A lock that was taken as a request's flags allow.
struct Held {
  private let lock: Lock
  private let acquired: Bool

  /// - Returns: nil when it is taken and the request may not wait.
  init?(_ lock: Lock, _ gfp: Gfp) {
    self.lock = lock
    if gfp.mayWait { acquired = lock.acquire() } else if lock.tryAcquire() { acquired = true } else { return nil }
  }

  func release() { lock.release(acquired) }
}
