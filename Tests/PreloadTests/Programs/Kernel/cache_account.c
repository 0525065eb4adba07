// expect: exit 0
// links: quarry

// SLAB_RECLAIM_ACCOUNT groups a cache's pages as reclaimable; SLAB_ACCOUNT counts them for as long as the cache has them.
// Without the flags neither happens, whatever the requests say.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 2000, SIZE = 1000 };

static int reclaimable_blocks(void) {
  static char text[8192];
  FILE *stream = fmemopen(text, sizeof text, "w");
  quarry_pagetypeinfo(stream);
  fclose(stream);
  const char *found = strstr(text, "Node 0, zone   Normal ");
  int unmovable, movable, reclaimable;
  CHECK(found != NULL);
  CHECK(sscanf(found, "Node 0, zone Normal %d %d %d", &unmovable, &movable, &reclaimable) == 3);
  return reclaimable;
}

static void *objects[COUNT];

static struct kmem_cache *filled(slab_flags_t flags) {
  struct kmem_cache *cache = kmem_cache_create("test", SIZE, 0, flags, NULL);
  gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_RECLAIMABLE;
  CHECK(kmem_cache_alloc_bulk(cache, gfp, COUNT, objects) == COUNT);
  return cache;
}

static void emptied(struct kmem_cache *cache) {
  kmem_cache_free_bulk(cache, COUNT, objects);
  CHECK(kmem_cache_shrink(cache) == 0);
  CHECK(quarry_accounted_pages() == 0 && reclaimable_blocks() == 0);
  kmem_cache_destroy(cache);
}

int main(void) {
  struct kmem_cache *cache = filled(SLAB_NO_MERGE);
  CHECK(quarry_accounted_pages() == 0 && reclaimable_blocks() == 0);
  emptied(cache);
  cache = filled(SLAB_ACCOUNT);
  CHECK(quarry_accounted_pages() >= COUNT * SIZE / PAGE_SIZE && reclaimable_blocks() == 0);
  emptied(cache);
  cache = filled(SLAB_RECLAIM_ACCOUNT);
  CHECK(quarry_accounted_pages() == 0 && reclaimable_blocks() > 0);
  emptied(cache);
  cache = filled(SLAB_ACCOUNT | SLAB_RECLAIM_ACCOUNT);
  CHECK(quarry_accounted_pages() >= COUNT * SIZE / PAGE_SIZE && reclaimable_blocks() > 0);
  emptied(cache);
}
