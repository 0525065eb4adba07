// expect: exit 0
// links: quarry
// args: 0
// args: 0x1000000
// args: 0x10c00

// A prefilled sheaf gives what it was filled with, and no more; what is left goes back with it.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  struct kmem_cache *cache =
      kmem_cache_create("nodes", 256, 0, (slab_flags_t)strtoul(arguments[1], NULL, 0), NULL);
  CHECK(cache != NULL);
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 100);
  CHECK(sheaf != NULL && kmem_cache_sheaf_size(sheaf) == 100);
  static unsigned char *objects[150];
  for (int index = 0; index < 100; index++) {
    objects[index] = kmem_cache_alloc_from_sheaf(cache, __GFP_ZERO, sheaf);
    CHECK(objects[index] != NULL && objects[index][0] == 0 && objects[index][255] == 0);
    memset(objects[index], 0xff, 256);
  }
  CHECK(kmem_cache_sheaf_size(sheaf) == 0);
  CHECK(kmem_cache_alloc_from_sheaf(cache, GFP_NOWAIT, sheaf) == NULL);
  for (int index = 0; index < 100; index++) kmem_cache_free(cache, objects[index]);

  CHECK(kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 40) == 0 && kmem_cache_sheaf_size(sheaf) == 40);
  CHECK(kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 150) == 0 && kmem_cache_sheaf_size(sheaf) == 150);
  CHECK(kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 10) == 0 && kmem_cache_sheaf_size(sheaf) == 150);
  for (int index = 0; index < 150; index++) {
    objects[index] = kmem_cache_alloc_from_sheaf(cache, 0, sheaf);
    CHECK(objects[index] != NULL);
    objects[index][0] = (unsigned char)index;
  }
  for (int index = 0; index < 150; index++) CHECK(objects[index][0] == index);
  for (int index = 0; index < 150; index++) kmem_cache_free(cache, objects[index]);
  CHECK(kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 77) == 0);
  kmem_cache_return_sheaf(cache, GFP_KERNEL, sheaf);
  kmem_cache_destroy(cache);
}
