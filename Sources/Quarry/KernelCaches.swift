// The kernel interface's caches: bodies of a few lines over Kernel. The functions are documented in quarry/slab.h.
import CShim
import Kernel

public typealias CacheRecord = UnsafeMutablePointer<kmem_cache>

@c(quarry_kmem_cache_create)
public func quarryCacheCreate(
  _ name: UnsafePointer<CChar>?, _ size: UInt32, _ align: UInt32, _ flags: UInt32,
  _ constructor: (@convention(c) (UnsafeMutableRawPointer) -> Void)?
) -> CacheRecord? {
  Caches.create(Caches.Wish(name: name, size: size, align: align, flags: flags, constructor: constructor))
}

@c(quarry_kmem_cache_destroy)
public func quarryCacheDestroy(_ cache: CacheRecord?) {
  if cache != nil { Caches.destroy(Handle.cache(cache, "kmem_cache_destroy")) }
}

@c(quarry_kmem_cache_shrink)
public func quarryCacheShrink(_ cache: CacheRecord?) -> Int32 {
  NamedCache(Handle.cache(cache, "kmem_cache_shrink")).shrink() ? 0 : 1
}

@c(quarry_kmem_cache_size)
public func quarryCacheSize(_ cache: CacheRecord?) -> UInt32 {
  UInt32(Handle.cache(cache, "kmem_cache_size").pointee.object_size)
}

@c(quarry_kmem_cache_alloc)
public func quarryCacheAlloc(_ cache: CacheRecord?, _ flags: UInt32) -> UInt {
  NamedCache.allocate(from: cache, Gfp(flags), otherwise: { quarry_cache_allocate_slow(cache, flags) })
}

@c(quarry_kmem_cache_zalloc)
public func quarryCacheZalloc(_ cache: CacheRecord?, _ flags: UInt32) -> UInt {
  quarry_cache_allocate_slow(cache, flags | UInt32(___GFP_ZERO))
}

@c(quarry_kmem_cache_free)
public func quarryCacheFree(_ cache: CacheRecord?, _ object: UInt) {
  NamedCache.free(object, to: cache, otherwise: { quarry_cache_free_slow(cache, object) })
}

@c(quarry_kmem_cache_alloc_bulk)
public func quarryCacheAllocBulk(
  _ cache: CacheRecord?, _ flags: UInt32, _ count: UInt, _ objects: UnsafeMutablePointer<UInt>?
) -> Int32 {
  let cache = NamedCache(Handle.cache(cache, "kmem_cache_alloc_bulk"))
  guard let objects = Handle.array(objects, count, "kmem_cache_alloc_bulk") else { return 0 }
  return cache.allocate(Gfp(flags), count: Int(count), into: objects, caller: 0) ? Int32(count) : 0
}

@c(quarry_kmem_cache_free_bulk)
public func quarryCacheFreeBulk(_ cache: CacheRecord?, _ count: UInt, _ objects: UnsafeMutablePointer<UInt>?) {
  guard let objects = Handle.array(objects, count, "kmem_cache_free_bulk") else { return }
  if cache != nil {
    NamedCache(Handle.cache(cache, "kmem_cache_free_bulk")).free(objects, Int(count), "kmem_cache_free_bulk", caller: 0)
  } else {
    for index in 0..<Int(count) { Objects.free(objects[index], "kmem_cache_free_bulk") }
  }
}

// MARK: Prefilled sheaves

public typealias SheafRecord = UnsafeMutablePointer<slab_sheaf>

@c(quarry_kmem_cache_prefill_sheaf)
public func quarryPrefillSheaf(_ cache: CacheRecord?, _ flags: UInt32, _ count: UInt32) -> SheafRecord? {
  PrefilledSheaf.make(Handle.cache(cache, "kmem_cache_prefill_sheaf"), Gfp(flags), Int(count))
}

@c(quarry_kmem_cache_refill_sheaf)
public func quarryRefillSheaf(
  _ cache: CacheRecord?, _ flags: UInt32, _ sheaf: UnsafeMutablePointer<SheafRecord?>?, _ count: UInt32
) -> Int32 {
  let prefilled = PrefilledSheaf(sheaf?.pointee, of: cache, "kmem_cache_refill_sheaf")
  guard let filled = prefilled.refill(Gfp(flags), Int(count)) else { return -ENOMEM }
  sheaf?.pointee = filled
  return 0
}

@c(quarry_kmem_cache_sheaf_size)
public func quarrySheafSize(_ sheaf: SheafRecord?) -> UInt32 {
  Handle.sheaf(sheaf, "kmem_cache_sheaf_size").pointee.count
}

@c(quarry_kmem_cache_alloc_from_sheaf)
public func quarryAllocFromSheaf(_ cache: CacheRecord?, _ flags: UInt32, _ sheaf: SheafRecord?) -> UInt {
  PrefilledSheaf(sheaf, of: cache, "kmem_cache_alloc_from_sheaf").take(Gfp(flags))
}

@c(quarry_kmem_cache_return_sheaf)
public func quarryReturnSheaf(_ cache: CacheRecord?, _ flags: UInt32, _ sheaf: SheafRecord?) {
  PrefilledSheaf(sheaf, of: cache, "kmem_cache_return_sheaf").release()
}

// MARK: With the caller's address, for CShim/kernel.c

@c(quarry_cache_allocate_for)
public func quarryCacheAllocateFor(_ cache: CacheRecord?, _ flags: UInt32, _ caller: UInt) -> UInt {
  NamedCache(Handle.cache(cache, "kmem_cache_alloc")).allocate(Gfp(flags), caller: caller)
}

@c(quarry_cache_free_for)
public func quarryCacheFreeFor(_ cache: CacheRecord?, _ object: UInt, _ caller: UInt) {
  NamedCache(Handle.cache(cache, "kmem_cache_free")).free(object, "kmem_cache_free", caller: caller)
}
