// expect: abort
// stderr: quarry: kmem_cache_free({pointer}): double free: a 100-byte object of cache twice*
// links: quarry
// args: 0x1000000 between
// args: 0x1000000 at_once
// args: 0x400 at_once
// args: 0x800 between
// args: 0x10000 between

// Freeing an object twice: told at once under debugging flags and where nothing was freed in between, else when the sheaf
// goes home.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 3);
  bool between = strcmp(arguments[2], "between") == 0;
  struct kmem_cache *cache =
      kmem_cache_create("twice", 100, 0, (slab_flags_t)strtoul(arguments[1], NULL, 0), NULL);
  void *other = kmem_cache_alloc(cache, GFP_KERNEL), *object = name_pointer(kmem_cache_alloc(cache, GFP_KERNEL));
  kmem_cache_free(cache, object);
  if (between) kmem_cache_free(cache, other);
  kmem_cache_free(cache, object);
  if (between) kmem_cache_shrink(cache);
}
