// expect: abort
// stderr: quarry: kmem_cache_free({pointer}): double free: a 100-byte object of cache twice*
// links: quarry
// args: 0x1000000
// args: 0x400
// args: 0x800
// args: 0x10000

// Freeing an object twice: told at once under debugging flags, else when the sheaf goes home.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  struct kmem_cache *cache =
      kmem_cache_create("twice", 100, 0, (slab_flags_t)strtoul(arguments[1], NULL, 0), NULL);
  void *object = name_pointer(kmem_cache_alloc(cache, GFP_KERNEL));
  kmem_cache_free(cache, object);
  kmem_cache_free(cache, object);
  kmem_cache_shrink(cache);
}
