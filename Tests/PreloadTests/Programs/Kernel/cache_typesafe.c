// expect: exit 0
// links: quarry

// With SLAB_TYPESAFE_BY_RCU a freed object keeps its content, and its memory stays with the cache until it is shrunk:
// a reader that comes late sees an object of the same type, and recognises by its identity that it is another.

#include <quarry/kernel.h>

#include "check.h"

struct session {
  uint64_t identity;
  char rest[248];
};

enum { COUNT = 2000 };

int main(void) {
  struct kmem_cache *cache = KMEM_CACHE(session, SLAB_TYPESAFE_BY_RCU);
  CHECK(cache != NULL && kmem_cache_size(cache) == sizeof(struct session));
  static struct session *sessions[COUNT];
  for (int index = 0; index < COUNT; index++) {
    sessions[index] = kmem_cache_alloc(cache, GFP_KERNEL);
    CHECK(sessions[index] != NULL);
    sessions[index]->identity = 1000 + (uint64_t)index;
  }
  for (int index = 0; index < COUNT; index++) kmem_cache_free(cache, sessions[index]);
  // Another user's memory comes from elsewhere.
  for (int index = 0; index < 10000; index++) memset(malloc(sizeof(struct session)), 0xff, sizeof(struct session));
  for (int index = 0; index < COUNT; index++) CHECK(sessions[index]->identity == 1000 + (uint64_t)index);
  CHECK(kmem_cache_shrink(cache) == 0);
  kmem_cache_destroy(cache);
}
