// expect: abort
// stderr: quarry: red zone overwritten {before,behind} an object at {pointer}: a 100-byte object of cache fenced at *
// links: quarry
// args: 100
// args: 103
// args: -1
// args: -8

// SLAB_RED_ZONE tells a write past either end when the object is freed.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  struct kmem_cache *cache = kmem_cache_create("fenced", 100, 0, SLAB_RED_ZONE, NULL);
  unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
  CHECK(object != NULL);
  memset(object, 0xff, 100);
  unsigned char *beyond = object + atoi(arguments[1]);
  name_pointer(beyond);
  *(unsigned char *)hide(beyond) ^= 1;
  kmem_cache_free(cache, object);
}
