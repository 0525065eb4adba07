// expect: exit 0
// options: limit=16M
// links: quarry

// How long a request goes on: __GFP_NORETRY reclaims once and lightly; a plain one as long as reclaim finds anything, a
// large one once; __GFP_RETRY_MAYFAIL a while longer; none of them for ever.

#include <quarry/kernel.h>

#include "check.h"

static int calls;
static unsigned long gains;

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  calls++;
  return 1 << 20;
}

// Gives up nothing that helps, `gains` times.
static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  if (gains == 0) return SHRINK_STOP;
  gains--;
  return 1;
}

static int calls_of(size_t size, gfp_t flags, unsigned long gaining) {
  calls = 0;
  gains = gaining;
  CHECK(kvmalloc(size, flags | __GFP_NOWARN) == NULL);
  return calls;
}

int main(void) {
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker->batch = 1 << 30;
  shrinker_register(shrinker);
  for (size_t size = MiB; size >= 4 * KiB; size /= 2) {
    while (kmalloc(size, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY) != NULL) {}
  }

  enum { CYCLE = 13 };  // priorities 12 to 0
  size_t large = 4 * MiB, small = 32 * KiB;
  CHECK(calls_of(large, GFP_KERNEL | __GFP_NORETRY, 0) == 1);
  CHECK(calls_of(small, GFP_KERNEL | __GFP_NORETRY, 1000) == 1);
  CHECK(calls_of(large, GFP_KERNEL, 0) == CYCLE);
  CHECK(calls_of(large, GFP_KERNEL, 1000) == CYCLE);
  CHECK(calls_of(small, GFP_KERNEL, 0) == CYCLE);
  CHECK(calls_of(large, GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0) == 17 * CYCLE);
  CHECK(calls_of(large, GFP_KERNEL & ~__GFP_DIRECT_RECLAIM, 0) == 0);
  shrinker->batch = 0;
  // With every cycle something was given up: on it goes.
  CHECK(calls_of(small, GFP_KERNEL, 100000) > 3 * CYCLE);
  CHECK(calls_of(large, GFP_KERNEL, 100000) == CYCLE);
}
