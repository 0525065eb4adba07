// expect: abort
// stderr: quarry: kmem_cache_free({pointer}): *malloc-80*
// links: quarry

// Like caches merge: into one handle, whose objects are malloc's, and reports name the general cache.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct kmem_cache *first = kmem_cache_create("first", 72, 0, 0, NULL);
  struct kmem_cache *second = kmem_cache_create("second", 80, 16, 0, NULL);
  struct kmem_cache *apart = kmem_cache_create("apart", 80, 16, SLAB_NO_MERGE, NULL);
  CHECK(first != NULL && first == second && apart != NULL && apart != first);
  CHECK(kmem_cache_size(first) == 80);
  void *object = kmem_cache_alloc(first, GFP_KERNEL);
  CHECK(object != NULL && malloc_usable_size(object) == 80);
  free(object);
  kmem_cache_free(second, malloc(80));
  kmem_cache_destroy(first);
  object = kmem_cache_alloc(second, GFP_KERNEL);
  CHECK(object != NULL);
  void *other = kmem_cache_alloc(apart, GFP_KERNEL);
  kmem_cache_free(apart, hide(name_pointer(object)));
  kmem_cache_free(apart, other);
}
