// expect: exit 0
// links: quarry

// SLAB_HWCACHE_ALIGN: an object lies within as few cache lines as it can. Without the flag objects lie closer.
// KMEM_CACHE takes the size and the alignment of its type.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 100, LINE = 64 };

struct record {
  _Alignas(256) char text[300];
};

// How many of a number of objects begin at a multiple of `alignment`.
static int aligned(struct kmem_cache *cache, size_t alignment) {
  void *objects[COUNT];
  int count = 0;
  CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL, COUNT, objects) == COUNT);
  for (int i = 0; i < COUNT; i++) count += is_aligned(objects[i], alignment);
  kmem_cache_free_bulk(cache, COUNT, objects);
  kmem_cache_destroy(cache);
  return count;
}

int main(void) {
  static const struct { unsigned size, alignment; } sizes[] = {{20, 32}, {40, LINE}, {100, LINE}, {200, LINE}};
  for (int i = 0; i < 4; i++) {
    unsigned size = sizes[i].size, alignment = sizes[i].alignment;
    CHECK(aligned(kmem_cache_create("lines", size, 0, SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE, NULL), alignment) == COUNT);
    CHECK(aligned(kmem_cache_create("lines", size, 0, SLAB_HWCACHE_ALIGN, NULL), alignment) == COUNT);
  }
  CHECK(aligned(kmem_cache_create("close", 40, 0, SLAB_NO_MERGE, NULL), LINE) < COUNT);

  struct kmem_cache *records = KMEM_CACHE(record, SLAB_NO_MERGE);
  CHECK(kmem_cache_size(records) == sizeof(struct record));
  CHECK(aligned(records, 256) == COUNT);
}
