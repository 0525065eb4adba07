// So many objects of 64 bytes, allocated and freed: one by one through malloc or a cache of its own, or 64 at a time.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 3);
  size_t pairs = strtoul(arguments[2], NULL, 10);
  struct kmem_cache *cache = kmem_cache_create("pairs", 64, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  if (strcmp(arguments[1], "malloc") == 0) {
    for (size_t pair = 0; pair < pairs; pair++) free(hide(malloc(64)));
  } else if (strcmp(arguments[1], "cache") == 0) {
    for (size_t pair = 0; pair < pairs; pair++) kmem_cache_free(cache, hide(kmem_cache_alloc(cache, GFP_KERNEL)));
  } else {
    for (size_t pair = 0; pair < pairs; pair += 64) {
      void *objects[64];
      CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 64, hide(objects)) == 64);
      kmem_cache_free_bulk(cache, 64, hide(objects));
    }
  }
  kmem_cache_destroy(cache);
}
