// expect: exit 0
// links: quarry
// limit: as=200

// A sheaf for which there is no memory is NULL; a refill that fails leaves it as it was.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("large", 64 * KiB, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  CHECK(kmem_cache_prefill_sheaf(cache, GFP_KERNEL | __GFP_NOWARN, 10000) == NULL);
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 5);
  CHECK(sheaf != NULL);
  CHECK(kmem_cache_refill_sheaf(cache, GFP_KERNEL | __GFP_NOWARN, &sheaf, 10000) == -ENOMEM);
  CHECK(kmem_cache_sheaf_size(sheaf) == 5);
  kmem_cache_return_sheaf(cache, GFP_KERNEL, sheaf);
  kmem_cache_destroy(cache);
}
