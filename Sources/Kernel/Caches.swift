// Caches: the named caches by number, and the handles of general ones into which like caches merge. Lock: kernel, inside
// registry and heap, outside every cache's.
import CShim
import Pages
import Platform
import Requests
import Slabs
import Units

public enum Caches {
  private static var record: UnsafeMutablePointer<quarry_kernel> { quarry_kernel_record() }
  static var lock: Lock { Lock(quarry_kernel_lock(record)) }

  private static let knownFlags =
    neverMerged | placing | SLAB_HWCACHE_ALIGN | SLAB_PANIC
  /// Flags with which a cache merges with none.
  private static let neverMerged =
    SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TYPESAFE_BY_RCU | SLAB_NO_MERGE
  /// Flags that say where pages lie, or are counted: a cache with any merges only with one that has the same.
  private static let placing = SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT

  private static let unowned = QUARRY_CACHE_UNOWNED

  /// What a program asks a cache to be.
  public struct Wish {
    let name: UnsafePointer<CChar>?
    /// Bytes of an object.
    let size: Int
    /// Bytes, a power of two; 0 for what the size gives.
    let align: Int
    let flags: slab_flags_t
    let constructor: (@convention(c) (UnsafeMutableRawPointer) -> Void)?

    public init(
      name: UnsafePointer<CChar>?, size: UInt32, align: UInt32, flags: slab_flags_t,
      constructor: (@convention(c) (UnsafeMutableRawPointer) -> Void)?
    ) {
      self.name = name
      self.size = Int(size)
      self.align = Int(align)
      self.flags = flags
      self.constructor = constructor
    }
  }

  /// - Returns: nil when the wish is wrong or there is no memory, which is said.
  public static func create(_ wish: Wish) -> UnsafeMutablePointer<kmem_cache>? {
    guard let name = wish.name else {
      complain(wish, "a cache needs a name")
      return nil
    }
    if let problem = problem(wish) {
      complain(wish, problem)
      return nil
    }
    Hooks.activate()
    let made = mergedClass(wish).map { merge(wish, $0) } ?? mergeWithOwn(wish) ?? makeOwn(wish, name)
    if made == nil { complain(wish, "out of memory") }
    return made
  }

  private static func problem(_ wish: Wish) -> StaticString? {
    if wish.size == 0 || wish.size > Int(Objects.largest) { return "an object has 1 to 4194304 bytes" }
    if wish.align & (wish.align &- 1) != 0 || wish.align > Int(Objects.largest) {
      return "an alignment is 0 or a power of two up to 4194304"
    }
    if wish.flags & ~knownFlags != 0 { return "unknown flags" }
    return nil
  }

  private static func complain(_ wish: Wish, _ problem: StaticString) {
    var message = Message()
    message.append("kmem_cache_create(")
    if let name = wish.name { message.append(text: name) } else { message.append("NULL") }
    message.append(", ")
    message.append(decimal: UInt64(wish.size))
    message.append(", ")
    message.append(decimal: UInt64(wish.align))
    message.append(", ")
    message.append(address: UInt(wish.flags))
    message.append("): ")
    message.append(problem)
    if wish.flags & SLAB_PANIC != 0 { Misuse.end(saying: message) }
    message.write()
  }

  // MARK: Merging

  /// The general cache that serves a wish as well as one of its own; nil when none does.
  private static func mergedClass(_ wish: Wish) -> SizeClass? {
    if wish.constructor != nil || wish.flags & (neverMerged | placing) != 0 { return nil }
    let alignment = CacheLayout.alignment(size: wish.size, align: wish.align, flags: wish.flags)
    if max(wish.size, alignment) > Page.size { return nil }
    // Slabs begin at pages, so a class whose size is a multiple of the alignment is aligned.
    return SizeClass(serving: (wish.size &+ alignment &- 1) & ~(alignment &- 1)).aligned(to: alignment)
  }

  private static func merge(_ wish: Wish, _ sizeClass: SizeClass) -> UnsafeMutablePointer<kmem_cache>? {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let place = quarry_kernel_merged(record, sizeClass.rawValue)
    if place.pointee == nil {
      guard let memory = Metadata.allocate(MemoryLayout<kmem_cache>.size) else { return nil }
      let cache = memory.assumingMemoryBound(to: kmem_cache.self)
      cache.pointee.number = QUARRY_CACHE_MERGED
      cache.pointee.owner = unowned
      cache.pointee.size_class = UInt32(sizeClass.rawValue)
      place.pointee = cache
    }
    let cache = place.pointee.unsafelyUnwrapped
    cache.pointee.references &+= 1
    Handle.seal(cache)
    cache.pointee.object_size = max(cache.pointee.object_size, wish.size)
    return cache
  }

  /// The cache with slabs of its own that serves a wish as well as another of the kind (the kernel's find_mergeable).
  private static func mergeWithOwn(_ wish: Wish) -> UnsafeMutablePointer<kmem_cache>? {
    if wish.constructor != nil || wish.flags & neverMerged != 0 { return nil }
    let layout = CacheLayout(size: wish.size, align: wish.align, flags: wish.flags)
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    var like: UnsafeMutablePointer<kmem_cache>?
    forEach { cache in
      let isLike =
        cache.pointee.constructor == nil && cache.pointee.flags & neverMerged == 0
        && cache.pointee.flags & placing == wish.flags & placing && cache.pointee.stride == layout.stride
        && cache.pointee.alignment % layout.alignment == 0
      if like == nil && isLike { like = cache }
    }
    guard let like else { return nil }
    like.pointee.references &+= 1
    like.pointee.object_size = max(like.pointee.object_size, wish.size)
    Handle.seal(like)
    return like
  }

  // MARK: Caches of their own

  /// - Returns: nil when there is no memory.
  static func makeOwn(_ wish: Wish, _ name: UnsafePointer<CChar>) -> UnsafeMutablePointer<kmem_cache>? {
    var length = 0
    while name[length] != 0 { length &+= 1 }
    guard let copy = Metadata.allocate(length &+ 1) else { return nil }
    copy.copyMemory(from: name, byteCount: length)
    guard let memory = Metadata.allocate(MemoryLayout<kmem_cache>.size) else {
      Metadata.free(copy, length &+ 1)
      return nil
    }
    let cache = memory.assumingMemoryBound(to: kmem_cache.self)
    cache.pointee.name = UnsafePointer(copy.assumingMemoryBound(to: CChar.self))
    cache.pointee.flags = wish.flags
    cache.pointee.constructor = wish.constructor
    let layout = CacheLayout(size: wish.size, align: wish.align, flags: wish.flags)
    cache.pointee.object_size = wish.size
    cache.pointee.stride = layout.stride
    cache.pointee.offset = layout.offset
    cache.pointee.alignment = layout.alignment
    cache.pointee.inverse = UInt64.max / UInt64(layout.stride) &+ 1
    cache.pointee.slab_pages = UInt32(layout.slabPages)
    cache.pointee.capacity = UInt32(layout.capacity)
    if !NamedCache(cache).isDebugged {
      cache.pointee.sheaf_capacity = UInt32(layout.sheafCapacity)
      cache.pointee.barn_limit = UInt32(layout.barnLimit)
    }
    if !enter(cache) {
      Metadata.free(cache, MemoryLayout<kmem_cache>.size)
      Metadata.free(copy, length &+ 1)
      return nil
    }
    return cache
  }

  /// Gives a cache its number.
  private static func enter(_ cache: UnsafeMutablePointer<kmem_cache>) -> Bool {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    var number = 1
    while number < Int(record.pointee.cache_count), record.pointee.caches.unsafelyUnwrapped[number] != nil {
      number &+= 1
    }
    if number >= Int(record.pointee.cache_slots) && !grow() { return false }
    cache.pointee.number = UInt32(number)
    cache.pointee.references = 1
    cache.pointee.owner = number < 0x10000 &- Int(QUARRY_CACHE_OWNER) ? QUARRY_CACHE_OWNER &+ UInt32(number) : unowned
    record.pointee.caches.unsafelyUnwrapped[number] = cache
    Handle.seal(cache)
    record.pointee.cache_count = max(record.pointee.cache_count, UInt32(number &+ 1))
    return true
  }

  private static func grow() -> Bool {
    let old = Int(record.pointee.cache_slots)
    let count = max(16, 2 &* old)
    let stride = MemoryLayout<UnsafeMutableRawPointer?>.stride
    guard let memory = Metadata.allocate(count &* stride) else { return false }
    if let before = record.pointee.caches {
      memory.copyMemory(from: before, byteCount: old &* stride)
      Metadata.free(before, old &* stride)
    }
    record.pointee.caches = memory.assumingMemoryBound(to: UnsafeMutablePointer<kmem_cache>?.self)
    record.pointee.cache_slots = UInt32(count)
    return true
  }

  /// The cache of a number, with the lock held.
  static func cache(_ number: UInt32) -> UnsafeMutablePointer<kmem_cache>? {
    number < record.pointee.cache_count ? record.pointee.caches.unsafelyUnwrapped[Int(number)] : nil
  }

  /// Visits every cache with slabs of its own, with the lock held.
  static func forEach(_ body: (UnsafeMutablePointer<kmem_cache>) -> Void) {
    for number in 0..<record.pointee.cache_count { if let cache = cache(number) { body(cache) } }
  }

  // MARK: The end of a cache

  /// Ends a cache, or says which of its objects are live, and leaves it.
  public static func destroy(_ cache: UnsafeMutablePointer<kmem_cache>) {
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if NamedCache(cache).isMerged || cache.pointee.references > 1 {
      cache.pointee.references &-= 1
      // The interface's own caches stay, without a handle.
      let isWithoutUsers = cache.pointee.references == (GroupedObjects.owns(cache) ? 1 : 0)
      if isWithoutUsers { Handle.unseal(cache) }
      return
    }
    for number in 1..<(HeapRegistry.shared.count &+ 1) { SlotTable.release(HeapRegistry.heap(number).record, cache) }
    let home = CacheHome(cache)
    home.drainPosted()
    Barn(cache).drain()
    if home.slabCount > Int(cache.pointee.empty.count) {
      LiveObjects.report(cache)
      return
    }
    record.pointee.caches.unsafelyUnwrapped[Int(cache.pointee.number)] = nil
    Handle.unseal(cache)
    CacheHome.release(home.detachEmpty(keeping: 0))
    Barn(cache).release()
    var length = 0
    while cache.pointee.name[length] != 0 { length &+= 1 }
    Metadata.free(UnsafeMutableRawPointer(mutating: cache.pointee.name), length &+ 1)
    Metadata.free(cache, MemoryLayout<kmem_cache>.size)
  }
}

extension SizeClass {
  /// This class or the next whose objects are multiples of `alignment`, a power of two of at most a page.
  func aligned(to alignment: Int) -> SizeClass {
    var aligned = self
    while aligned.objectSize & (alignment &- 1) != 0 { aligned = SizeClass(aligned.rawValue &+ 1) }
    return aligned
  }
}
