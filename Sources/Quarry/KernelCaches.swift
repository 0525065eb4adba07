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
public func quarryCacheDestroy(_ cache: CacheRecord?) { if let cache { Caches.destroy(cache) } }

@c(quarry_kmem_cache_shrink)
public func quarryCacheShrink(_ cache: CacheRecord) -> Int32 { NamedCache(cache).shrink() ? 0 : 1 }

@c(quarry_kmem_cache_size)
public func quarryCacheSize(_ cache: CacheRecord) -> UInt32 { UInt32(cache.pointee.object_size) }

@c(quarry_kmem_cache_alloc)
public func quarryCacheAlloc(_ cache: CacheRecord, _ flags: UInt32) -> UInt {
  NamedCache(cache).allocate(Gfp(flags), otherwise: { quarry_cache_allocate_slow(cache, flags) })
}

@c(quarry_kmem_cache_zalloc)
public func quarryCacheZalloc(_ cache: CacheRecord, _ flags: UInt32) -> UInt {
  quarry_cache_allocate_slow(cache, flags | UInt32(___GFP_ZERO))
}

@c(quarry_kmem_cache_free)
public func quarryCacheFree(_ cache: CacheRecord, _ object: UInt) {
  NamedCache(cache).free(object, otherwise: { quarry_cache_free_slow(cache, object) })
}

// MARK: With the caller's address, for CShim/kernel.c

@c(quarry_cache_allocate_for)
public func quarryCacheAllocateFor(_ cache: CacheRecord, _ flags: UInt32, _ caller: UInt) -> UInt {
  NamedCache(cache).allocate(Gfp(flags), caller: caller)
}

@c(quarry_cache_free_for)
public func quarryCacheFreeFor(_ cache: CacheRecord, _ object: UInt, _ caller: UInt) {
  NamedCache(cache).free(object, "kmem_cache_free", caller: caller)
}
