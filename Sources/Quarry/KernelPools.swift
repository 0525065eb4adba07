// The kernel interface's memory pools: bodies of a few lines over Kernel. The functions are documented in
// quarry/mempool.h.
import CShim
import Kernel

public typealias PoolRecord = UnsafeMutablePointer<mempool>

@c(quarry_mempool_create)
public func quarryPoolCreate(
  _ count: Int32, _ allocate: MemoryPool.Allocate?, _ release: MemoryPool.Release?, _ data: UnsafeMutableRawPointer?
) -> PoolRecord? {
  MemoryPool.create(count, allocate, release, data)
}

@c(quarry_mempool_destroy)
public func quarryPoolDestroy(_ pool: PoolRecord?) {
  if pool != nil { MemoryPool(Handle.pool(pool, "mempool_destroy")).destroy() }
}

@c(quarry_mempool_alloc)
public func quarryPoolAlloc(_ pool: PoolRecord?, _ flags: UInt32) -> UnsafeMutableRawPointer? {
  MemoryPool(Handle.pool(pool, "mempool_alloc")).allocate(Gfp(flags))
}

@c(quarry_mempool_alloc_preallocated)
public func quarryPoolAllocPreallocated(_ pool: PoolRecord?) -> UnsafeMutableRawPointer? {
  MemoryPool(Handle.pool(pool, "mempool_alloc_preallocated")).takeKept()
}

@c(quarry_mempool_free)
public func quarryPoolFree(_ element: UnsafeMutableRawPointer?, _ pool: PoolRecord?) {
  if let element { MemoryPool(Handle.pool(pool, "mempool_free")).free(element) }
}

@c(quarry_mempool_resize)
public func quarryPoolResize(_ pool: PoolRecord?, _ count: Int32) -> Int32 {
  MemoryPool(Handle.pool(pool, "mempool_resize")).resize(to: count)
}

// MARK: Elements of a cache, and blocks

@c(quarry_mempool_alloc_slab)
public func quarryPoolAllocSlab(_ flags: UInt32, _ cache: CacheRecord?) -> UInt { quarryCacheAlloc(cache, flags) }

@c(quarry_mempool_free_slab)
public func quarryPoolFreeSlab(_ element: UInt, _ cache: CacheRecord?) { quarryCacheFree(cache, element) }

@c(quarry_mempool_kmalloc)
public func quarryPoolKmalloc(_ flags: UInt32, _ size: UInt) -> UInt { quarryKmalloc(size, flags) }

@c(quarry_mempool_kfree)
public func quarryPoolKfree(_ element: UInt, _ size: UInt) { quarryKfree(element) }
