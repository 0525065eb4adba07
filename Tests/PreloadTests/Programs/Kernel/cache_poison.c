// expect: abort
// stderr: quarry: free object written to at {pointer}: a 100-byte object of cache poisoned, allocated by *, freed by * at *
// links: quarry

// SLAB_POISON tells a write after free, and SLAB_STORE_USER who had the object last.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("poisoned", 100, 0, SLAB_POISON | SLAB_STORE_USER, NULL);
  unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
  CHECK(object != NULL && object[0] == 0x6b && object[99] == 0xa5);
  kmem_cache_free(cache, object);
  name_pointer(object + 40);
  ((unsigned char *)hide(object))[40] = 0;
  CHECK(kmem_cache_alloc(cache, GFP_KERNEL) == NULL);
}
