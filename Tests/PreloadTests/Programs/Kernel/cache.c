// expect: exit 0
// links: quarry
// args: 8 0 0
// args: 24 8 0x2000
// args: 64 0 0
// args: 100 64 0
// args: 250 0 0x2000
// args: 1000 256 0
// args: 4096 4096 0
// args: 5000 8192 0
// args: 40000 0 0
// args: 2000000 0 0
// args: 100 32 0x10c00
// args: 56 0 0x80000
// args: 56 0 0x20000

// Objects of a cache of its own are aligned, apart, and keep what is written to them; all come back.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 3000 };

int main(int count, char **arguments) {
  CHECK(count == 4);
  unsigned size = (unsigned)strtoul(arguments[1], NULL, 0), align = (unsigned)strtoul(arguments[2], NULL, 0);
  slab_flags_t flags = (slab_flags_t)strtoul(arguments[3], NULL, 0);
  struct kmem_cache *cache = kmem_cache_create("objects", size, align, flags | SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL && kmem_cache_size(cache) == size);
  int objects = size > 100000 ? 30 : COUNT;
  static unsigned char *object[COUNT];
  for (int round = 0; round < 3; round++) {
    for (int index = 0; index < objects; index++) {
      object[index] = kmem_cache_alloc(cache, GFP_KERNEL);
      CHECK(object[index] != NULL && is_aligned(object[index], align > 16 ? align : 8));
      memset(object[index], index, size);
    }
    for (int index = 0; index < objects; index++) {
      for (unsigned byte = 0; byte < size; byte += size < 1000 ? 1 : 97) {
        CHECK(object[index][byte] == (unsigned char)index);
      }
    }
    for (int index = round; index < objects; index += 2) {
      kmem_cache_free(cache, object[index]);
      object[index] = NULL;
    }
    for (int index = round; index < objects; index += 2) {
      object[index] = kmem_cache_zalloc(cache, GFP_KERNEL);
      CHECK(object[index] != NULL && object[index][0] == 0 && object[index][size - 1] == 0);
      memset(object[index], index, size);
    }
    CHECK(kmem_cache_shrink(cache) == 1);
    for (int index = 0; index < objects; index++) {
      CHECK(object[index][0] == (unsigned char)index && object[index][size - 1] == (unsigned char)index);
      kmem_cache_free(cache, object[index]);
    }
  }
  CHECK(kmem_cache_shrink(cache) == 0);
  kmem_cache_destroy(cache);
}
