// expect: abort
// stderr: quarry: a sheaf of cache one was used for cache other
// links: quarry

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *one = kmem_cache_create("one", 64, 0, SLAB_NO_MERGE, NULL);
  struct kmem_cache *other = kmem_cache_create("other", 64, 0, SLAB_NO_MERGE, NULL);
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(one, GFP_KERNEL, 1);
  CHECK(sheaf != NULL);
  void *object = kmem_cache_alloc_from_sheaf(other, GFP_KERNEL, sheaf);
  return object == NULL;
}
