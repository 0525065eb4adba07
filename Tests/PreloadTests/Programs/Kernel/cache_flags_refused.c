// expect: exit 0
// stderr: quarry: kmem_cache_alloc: cache test: __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, *
// stderr: quarry: kmem_cache_alloc: cache test: __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, *
// stderr: quarry: kmem_cache_alloc: cache test: __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, *
// stderr: quarry: kmem_cache_alloc: cache test: __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, *
// stderr: quarry: kmem_cache_alloc: cache test: __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM and __GFP_MOVABLE are for pages, *
// stderr: quarry: gfp flags 0x8820(GFP_ATOMIC|__GFP_NOFAIL): NOFAIL may have to wait: add DIRECT_RECLAIM
// stderr: quarry: gfp flags 0x8820(GFP_ATOMIC|__GFP_NOFAIL): NOFAIL may have to wait: add DIRECT_RECLAIM
// stderr: quarry: gfp flags 0x8820(GFP_ATOMIC|__GFP_NOFAIL): NOFAIL may have to wait: add DIRECT_RECLAIM
// links: quarry

// Flags that no cache can serve, and those that contradict themselves: a line, and nothing is taken.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("test", 100, 0, SLAB_NO_MERGE, NULL);
  CHECK(kmem_cache_alloc(cache, GFP_KERNEL | GFP_DMA) == NULL);
  CHECK(kmem_cache_alloc(cache, GFP_KERNEL | GFP_DMA32) == NULL);
  CHECK(kmem_cache_zalloc(cache, GFP_KERNEL | __GFP_HIGHMEM) == NULL);
  CHECK(kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_MOVABLE) == NULL);
  void *objects[4];
  CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL | GFP_DMA, 4, objects) == 0);
  CHECK(kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOFAIL) == NULL);
  CHECK(kmem_cache_alloc_bulk(cache, GFP_ATOMIC | __GFP_NOFAIL, 4, objects) == 0);
  CHECK(kmem_cache_prefill_sheaf(cache, GFP_ATOMIC | __GFP_NOFAIL, 4) == NULL);
  kmem_cache_free(cache, NULL);
  // It would say so if an object was live.
  kmem_cache_destroy(cache);
}
