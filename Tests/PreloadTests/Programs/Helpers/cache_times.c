// What an object of a cache of its own takes beside one of malloc's, in nanoseconds of processor time for an allocation and
// its free. Both take turns, and the fastest of many short rounds counts. A line a pattern and a size: what malloc takes,
// what the cache takes. scripts/cache-times calls it.

#include <quarry/kernel.h>
#include <time.h>

#include "check.h"

enum { ROUNDS = 15, OBJECTS = 100000, BULK = 64, MOST = 10000 };

static void *objects[MOST];
static int order[MOST];

static double now(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Each object is freed before the next one is asked for.
static void pairs_of_malloc(size_t size, int count) {
  for (int i = 0; i < count; i++) free(hide(malloc(size)));
}

static void pairs_of_cache(struct kmem_cache *cache, int count) {
  for (int i = 0; i < count; i++) kmem_cache_free(cache, hide(kmem_cache_alloc(cache, GFP_KERNEL)));
}

// `count` objects at a time, freed in one random order.
static void held_of_malloc(size_t size, int count) {
  for (int i = 0; i < count; i++) objects[i] = malloc(size);
  for (int i = 0; i < count; i++) free(objects[order[i]]);
}

static void held_of_cache(struct kmem_cache *cache, int count) {
  for (int i = 0; i < count; i++) objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
  for (int i = 0; i < count; i++) kmem_cache_free(cache, objects[order[i]]);
}

static void bulk_of_cache(struct kmem_cache *cache, int count) {
  CHECK(kmem_cache_alloc_bulk(cache, GFP_KERNEL, (size_t)count, objects) == count);
  kmem_cache_free_bulk(cache, (size_t)count, objects);
}

static void shuffle(int count) {
  Random random = {1};
  for (int i = 0; i < count; i++) {
    int other = (int)random_below(&random, (size_t)i + 1);
    order[i] = order[other];
    order[other] = i;
  }
}

static void measure(const char *name, size_t size, int held, void (*of_malloc)(size_t, int),
                    void (*of_cache)(struct kmem_cache *, int)) {
  struct kmem_cache *cache = kmem_cache_create("times", (unsigned)size, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  shuffle(held);
  double best[2] = {1e9, 1e9};
  for (int round = 0; round < 2 * ROUNDS; round++) {
    bool is_cache = round % 2 != 0;
    double start = now();
    for (int done = 0; done < OBJECTS; done += held) {
      if (is_cache) of_cache(cache, held);
      else of_malloc(size, held);
    }
    double time = (now() - start) / OBJECTS;
    if (time < best[is_cache]) best[is_cache] = time;
  }
  printf("%s %zu %.3f %.3f\n", name, size, best[0], best[1]);
  kmem_cache_destroy(cache);
}

int main(void) {
  static const size_t sizes[] = {8, 16, 32, 64, 128, 256, 512, 1000};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    measure("pairs", sizes[i], 1000, pairs_of_malloc, pairs_of_cache);
    measure("held-100", sizes[i], 100, held_of_malloc, held_of_cache);
    measure("held-1000", sizes[i], 1000, held_of_malloc, held_of_cache);
    measure("held-10000", sizes[i], MOST, held_of_malloc, held_of_cache);
    measure("bulk-64", sizes[i], BULK, held_of_malloc, bulk_of_cache);
  }
}
