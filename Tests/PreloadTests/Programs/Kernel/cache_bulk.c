// expect: exit 0
// links: quarry
// args: 64 0x1000000
// args: 64 0
// args: 4000 0x1000000
// args: 30000 0x1000000
// args: 64 0x10c00

// Many objects at once: all are there, apart, and come back; __GFP_ZERO clears them.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 1000 };

int main(int count, char **arguments) {
  CHECK(count == 3);
  unsigned size = (unsigned)strtoul(arguments[1], NULL, 0);
  struct kmem_cache *cache =
      kmem_cache_create("bulk", size, 0, (slab_flags_t)strtoul(arguments[2], NULL, 0), NULL);
  CHECK(cache != NULL);
  static void *objects[COUNT];
  for (int part = 0; part <= COUNT; part += part < 70 ? 1 : 93) {
    CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO, (size_t)part, objects) == part);
    for (int index = 0; index < part; index++) {
      char *object = objects[index];
      CHECK(object[0] == 0 && object[size - 1] == 0);
      memset(object, 1 + index % 100, size);
    }
    for (int index = 0; index < part; index++) CHECK(*(char *)objects[index] == 1 + index % 100);
    if (part % 2 == 0) kmem_cache_free_bulk(cache, (size_t)part, objects);
    else kmem_cache_free_bulk(NULL, (size_t)part, objects);
  }
  kmem_cache_destroy(cache);
}
