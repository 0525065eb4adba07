// expect: exit 0
// links: quarry
// args: 0
// args: 0x10c00

// Objects that one thread allocates and another frees all come back, also from threads that are gone.

#include <quarry/kernel.h>

#include "check.h"

enum { ROUNDS = 30, BATCH = 2000 };

static struct kmem_cache *cache;
static uint64_t *batch[BATCH];
static pthread_barrier_t barrier;

static void *consume(void *unused) {
  for (int round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&barrier);
    for (int index = 0; index < BATCH; index++) {
      CHECK(*batch[index] == (uint64_t)round * BATCH + index);
      if (index % 3 == 0) kfree(batch[index]);
      else if (index % 3 == 1) free(batch[index]);
      else kmem_cache_free(cache, batch[index]);
    }
    pthread_barrier_wait(&barrier);
  }
  return unused;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  cache = kmem_cache_create("shared", 64, 0, (slab_flags_t)strtoul(arguments[1], NULL, 0) | SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, consume, NULL) == 0);
  for (int round = 0; round < ROUNDS; round++) {
    for (int index = 0; index < BATCH; index++) {
      batch[index] = kmem_cache_alloc(cache, GFP_KERNEL);
      CHECK(batch[index] != NULL);
      *batch[index] = (uint64_t)round * BATCH + index;
    }
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
  }
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(kmem_cache_shrink(cache) == 0);
  kmem_cache_destroy(cache);
}
