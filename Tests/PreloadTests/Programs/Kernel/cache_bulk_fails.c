// expect: exit 0
// links: quarry
// limit: as=200

// When there is no memory for all, none is taken.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 10000 };

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("bulk", 64 * KiB, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  static void *objects[COUNT];
  CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_NOWARN, COUNT, objects) == 0);
  CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 100, objects) == 100);
  kmem_cache_free_bulk(cache, 100, objects);
  // Nothing is live, or this would say so.
  kmem_cache_destroy(cache);
}
