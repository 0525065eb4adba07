// expect: exit 0
// stderr: quarry: kmem_cache_destroy: cache packets: object {pointer} is live, allocated by *
// stderr: quarry: kmem_cache_destroy: cache packets has 1 live object and stays
// links: quarry

// A cache with a live object says which, and stays usable; without one it goes.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("packets", 200, 0, SLAB_STORE_USER, NULL);
  CHECK(cache != NULL);
  void *other = kmem_cache_alloc(cache, GFP_KERNEL);
  void *object = name_pointer(kmem_cache_alloc(cache, GFP_KERNEL));
  kmem_cache_free(cache, other);
  kmem_cache_destroy(cache);
  other = kmem_cache_alloc(cache, GFP_KERNEL);
  CHECK(other != NULL && other != object);
  kmem_cache_free(cache, other);
  kmem_cache_free(cache, object);
  kmem_cache_destroy(cache);
}
