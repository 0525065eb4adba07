// expect: exit 0
// options: kswapd=on
// links: quarry
// args: pages
// args: low
// args: cache

// Pages of the kernel interface that are free go back to the system when nobody needed them for a while, as malloc's do.

#include <quarry/kernel.h>

#include "GivingBack/giving_back.h"

enum { COUNT = 4096 };

static void *blocks[COUNT];

int main(int count, char **arguments) {
  CHECK(count == 2);
  bool of_cache = strcmp(arguments[1], "cache") == 0, is_low = strcmp(arguments[1], "low") == 0;
  gfp_t flags = GFP_KERNEL | __GFP_ZERO | (is_low ? GFP_DMA32 : 0);
  struct kmem_cache *cache = kmem_cache_create("test", PAGE_SIZE, 0, SLAB_NO_MERGE, NULL);
  kfree(kmalloc(2000, GFP_KERNEL_ACCOUNT));
  size_t before = resident();
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < COUNT; i++) {
      blocks[i] = of_cache ? kmem_cache_alloc(cache, GFP_KERNEL) : (void *)__get_free_pages(flags, 0);
      memset(blocks[i], 1, PAGE_SIZE);
    }
    CHECK(resident() > before + COUNT * PAGE_SIZE);
    // Not all of them, so that no pageblock falls free altogether.
    for (int i = 0; i < COUNT; i++) {
      if (i % 256 == 0) continue;
      if (of_cache) kmem_cache_free(cache, blocks[i]);
      else free_pages((unsigned long)blocks[i], 0);
    }
    UNTIL(resident() < before + 2 * MiB);
    UNTIL(threads().count == 1);
  }
}
