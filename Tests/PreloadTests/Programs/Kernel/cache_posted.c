// expect: exit 0
// links: quarry

// Frees that find the cache's lock taken leave their object where whoever has the lock takes it home, and may give the slab back
// at once: nobody touches it any more then.

#include <quarry/kernel.h>

#include "check.h"

enum { THREADS = 3, ROUNDS = 150000, HELD = 3, CACHES = 2 };

static struct kmem_cache *caches[CACHES];
static bool over;

static void *work(void *argument) {
  Random random = {(uintptr_t)argument};
  for (size_t round = 0; round < ROUNDS; round++) {
    int number = (int)random_below(&random, CACHES);
    size_t size = kmem_cache_size(caches[number]);
    void *objects[HELD];
    for (size_t index = 0; index < HELD; index++) {
      CHECK((objects[index] = kmem_cache_alloc(caches[number], GFP_KERNEL)) != NULL);
      fill(objects[index], size, round * HELD + index + ((uintptr_t)argument << 40));
    }
    for (size_t index = 0; index < HELD; index++) {
      CHECK(holds(objects[index], size, round * HELD + index + ((uintptr_t)argument << 40)));
      kmem_cache_free(caches[number], objects[index]);
    }
  }
  return NULL;
}

static void *shrink(void *argument) {
  while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
    for (int number = 0; number < CACHES; number++) kmem_cache_shrink(caches[number]);
  }
  return argument;
}

int main(void) {
  // From here on no free goes by way of the thread's sheaves.
  CHECK(quarry_init() == 0);
  caches[0] = kmem_cache_create("some", 1000, 0, SLAB_NO_MERGE, NULL);
  caches[1] = kmem_cache_create("others", 300, 0, SLAB_NO_MERGE, NULL);
  pthread_t threads[THREADS], shrinker = start(shrink, NULL);
  for (uintptr_t index = 0; index < THREADS; index++) threads[index] = start(work, (void *)(index + 1));
  for (int index = 0; index < THREADS; index++) join(threads[index]);
  __atomic_store_n(&over, true, __ATOMIC_RELAXED);
  join(shrinker);
  for (int number = 0; number < CACHES; number++) kmem_cache_destroy(caches[number]);
}
