// expect: exit 0
// stderr: quarry: kmem_cache_destroy: cache first: object 0x* is live
// stderr: quarry: kmem_cache_destroy: cache first has 1 live object and stays
// links: quarry
// args: 0x20000 1000
// args: 0x4000000 1000
// args: 0x4020000 1000
// args: 0x0 9992

// Like caches with slabs of their own merge, too: into the first of them, under whose name they are reported, and which goes
// when each was destroyed. One that differs in its flags, its size, its alignment or a constructor stays apart.

#include <quarry/kernel.h>

#include "check.h"

static void construct(void *object) { *(char *)object = 1; }

// A program's cache and kmalloc's objects of the same kind.
static void merges_with_those_of_kmalloc(gfp_t gfp, slab_flags_t flags) {
  char *block = kmalloc(200, GFP_KERNEL | gfp);
  size_t size = ksize(block);
  struct kmem_cache *cache = kmem_cache_create("own", (unsigned)size, 8, flags, NULL);
  char *object = kmem_cache_alloc(cache, GFP_KERNEL);
  CHECK(cache != NULL && object != NULL && ksize(object) == size);
  kmem_cache_free(cache, block);
  kmem_cache_destroy(cache);
  // It is kmalloc's still.
  kfree(object);
  CHECK((block = kmalloc(200, GFP_KERNEL | gfp)) != NULL && ksize(block) == size);
  kfree(block);
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  merges_with_those_of_kmalloc(__GFP_RECLAIMABLE, SLAB_RECLAIM_ACCOUNT);
  merges_with_those_of_kmalloc(__GFP_ACCOUNT, SLAB_ACCOUNT);
  slab_flags_t flags = (slab_flags_t)strtoul(arguments[1], NULL, 0);
  unsigned size = (unsigned)atoi(arguments[2]);
  struct kmem_cache *first = kmem_cache_create("first", size, 0, flags, NULL);
  struct kmem_cache *second = kmem_cache_create("second", size + 5, 8, flags | SLAB_PANIC, NULL);
  CHECK(first != NULL && second == first && kmem_cache_size(first) == size + 5);

  struct kmem_cache *apart[] = {
      kmem_cache_create("flags", size, 0, flags ^ SLAB_ACCOUNT ^ (flags == 0 ? 0 : SLAB_RECLAIM_ACCOUNT), NULL),
      kmem_cache_create("size", size + 100, 0, flags, NULL),
      kmem_cache_create("alignment", size, 512, flags, NULL),
      kmem_cache_create("constructor", size, 0, flags, construct),
      kmem_cache_create("alone", size, 0, flags | SLAB_NO_MERGE, NULL),
      kmem_cache_create("readers", size, 0, flags | SLAB_TYPESAFE_BY_RCU, NULL),
      kmem_cache_create("debugged", size, 0, flags | SLAB_RED_ZONE, NULL),
  };
  enum { APART = sizeof apart / sizeof apart[0] };
  for (int i = 0; i < APART; i++) {
    CHECK(apart[i] != NULL && apart[i] != first);
    for (int j = 0; j < i; j++) CHECK(apart[i] != apart[j]);
  }
  for (int i = 0; i < APART; i++) kmem_cache_destroy(apart[i]);

  unsigned char *object = kmem_cache_alloc(second, GFP_KERNEL);
  CHECK(object != NULL);
  memset(object, 0xff, size + 5);
  kmem_cache_free(second, object);
  CHECK(kmem_cache_zalloc(second, GFP_KERNEL) == object && all_bytes(object, size + 5, 0));
  kmem_cache_destroy(second);
  kmem_cache_free(first, kmem_cache_alloc(first, GFP_KERNEL));
  kmem_cache_destroy(first);
  kmem_cache_free(first, object);
  kmem_cache_destroy(first);

  // A new one begins afresh.
  first = kmem_cache_create("first", size, 0, flags, NULL);
  CHECK(first != NULL && kmem_cache_size(first) == size);
  kmem_cache_destroy(first);
}
