// expect: exit 0
// links: quarry

// Pools of a cache's objects and of blocks.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("pooled", 48, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  mempool_t *objects = mempool_create_slab_pool(8, cache);
  mempool_t *blocks = mempool_create_kmalloc_pool(8, 1000);
  CHECK(objects != NULL && blocks != NULL);
  void *elements[100];
  for (int index = 0; index < 100; index++) {
    CHECK((elements[index] = mempool_alloc(objects, GFP_KERNEL)) != NULL);
    memset(elements[index], index, 48);
  }
  for (int index = 0; index < 100; index++) mempool_free(elements[index], objects);
  for (int index = 0; index < 100; index++) {
    CHECK((elements[index] = mempool_alloc(blocks, GFP_KERNEL)) != NULL);
    CHECK(ksize(elements[index]) >= 1000);
    memset(elements[index], index, 1000);
  }
  for (int index = 0; index < 100; index++) mempool_free(elements[index], blocks);
  mempool_destroy(objects);
  mempool_destroy(blocks);
  kmem_cache_destroy(cache);
}
