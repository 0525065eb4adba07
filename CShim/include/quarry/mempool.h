// Memory pools: a reserve of elements, for work that must go on when memory is short. An allocation that may wait never
// fails: where neither the allocator nor the reserve has an element, it waits until one is freed to the pool.
//
// Thread-safety: every function may be called from any thread, mempool_alloc with GFP_ATOMIC or GFP_NOWAIT and
// mempool_free also in signal handlers where the pool's own functions may; but mempool_resize runs once at a time, and
// nothing overlaps mempool_destroy.
#pragma once
#include "slab.h"

QUARRY_BEGIN

// How a pool gets an element, and gives it back. `data` is what the pool was made with.
typedef void *mempool_alloc_t(gfp_t flags, void *data);
typedef void mempool_free_t(void *element, void *data);
typedef struct mempool mempool_t;

// A pool that keeps `count` elements in reserve; 0 counts as 1.
// Returns NULL when there is no memory for the reserve, and with a line on standard error when a function is missing or
// `count` is negative.
mempool_t *mempool_create(int count, mempool_alloc_t *allocate, mempool_free_t *release, void *data)
    QUARRY_SYMBOL(mempool_create) __attribute__((warn_unused_result));
// Frees the reserve and the pool. Elements that are still out are for their owners to free.
void mempool_destroy(mempool_t *pool) QUARRY_SYMBOL(mempool_destroy);

// An element: fresh, or else from the reserve. Without __GFP_DIRECT_RECLAIM it is NULL when there is neither; else it
// waits. __GFP_ZERO is refused with a line: an element of the reserve is as it was freed.
// Linear in the reserve when it is used.
void *mempool_alloc(mempool_t *pool, gfp_t flags) QUARRY_SYMBOL(mempool_alloc) __attribute__((warn_unused_result));
// An element of the reserve alone; NULL when it is empty. Never waits.
void *mempool_alloc_preallocated(mempool_t *pool) QUARRY_SYMBOL(mempool_alloc_preallocated)
    __attribute__((warn_unused_result));
// Gives an element back: to the reserve as long as that is not full. NULL is nothing.
void mempool_free(void *element, mempool_t *pool) QUARRY_SYMBOL(mempool_free);
// Changes the reserve. Returns 0, -EINVAL for less than 1, or -ENOMEM, and the reserve is as it was. May wait.
int mempool_resize(mempool_t *pool, int count) QUARRY_SYMBOL(mempool_resize);

// Functions for pools of a cache's objects (`data` is the cache) and of blocks (`data` is their size).
void *mempool_alloc_slab(gfp_t flags, void *cache) QUARRY_SYMBOL(mempool_alloc_slab);
void mempool_free_slab(void *element, void *cache) QUARRY_SYMBOL(mempool_free_slab);
void *mempool_kmalloc(gfp_t flags, void *size) QUARRY_SYMBOL(mempool_kmalloc);
void mempool_kfree(void *element, void *size) QUARRY_SYMBOL(mempool_kfree);

static inline mempool_t *mempool_create_slab_pool(int count, struct kmem_cache *cache) {
  return mempool_create(count, mempool_alloc_slab, mempool_free_slab, (void *)cache);
}

static inline mempool_t *mempool_create_kmalloc_pool(int count, size_t size) {
  return mempool_create(count, mempool_kmalloc, mempool_kfree, (void *)size);
}

QUARRY_END
