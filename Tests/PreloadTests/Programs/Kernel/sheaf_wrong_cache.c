// expect: abort
// stderr: quarry: a sheaf of cache one was used for cache other
// links: quarry
// args: take
// args: refill
// args: return

// A sheaf is used with the cache that it was filled from.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  struct kmem_cache *one = kmem_cache_create("one", 64, 0, SLAB_NO_MERGE, NULL);
  struct kmem_cache *other = kmem_cache_create("other", 64, 0, SLAB_NO_MERGE, NULL);
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(one, GFP_KERNEL, 1);
  CHECK(sheaf != NULL);
  switch (arguments[1][2]) {
    case 'k': return kmem_cache_alloc_from_sheaf(other, GFP_KERNEL, sheaf) == NULL;
    case 'f': return kmem_cache_refill_sheaf(other, GFP_KERNEL, &sheaf, 4);
    default: kmem_cache_return_sheaf(other, GFP_KERNEL, sheaf);
  }
}
