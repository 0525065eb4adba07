// expect: exit 0
// stderr: quarry: kmem_cache_destroy: cache told: object {pointer} is live, allocated by main+*
// stderr: quarry: kmem_cache_destroy: cache told has 1 live object and stays
// stderr: quarry: kmem_cache_destroy: cache untold: object 0x* is live
// stderr: quarry: kmem_cache_destroy: cache untold has 1 live object and stays
// links: quarry
// flags: -rdynamic

// SLAB_STORE_USER keeps who had an object last; without it nobody is named.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *told = kmem_cache_create("told", 100, 0, SLAB_STORE_USER, NULL);
  struct kmem_cache *untold = kmem_cache_create("untold", 100, 0, SLAB_RED_ZONE, NULL);
  CHECK(told != NULL && untold != NULL);
  name_pointer(kmem_cache_alloc(told, GFP_KERNEL));
  CHECK(kmem_cache_alloc(untold, GFP_KERNEL) != NULL);
  kmem_cache_destroy(told);
  kmem_cache_destroy(untold);
}
