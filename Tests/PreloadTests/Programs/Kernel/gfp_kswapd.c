// expect: exit 0
// options: limit=64M
// links: quarry

// __GFP_KSWAPD_RECLAIM: below the low watermark reclaim begins, before any request is short of memory; without the flag
// not before the min watermark. A request that cannot wait calls for it just as well.

#include <quarry/kernel.h>
#include <time.h>

#include "check.h"

static int calls;

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  calls++;
  return 0;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return SHRINK_STOP;
}

enum { MANY = 16384 };
static unsigned long pages[MANY];

// Background reclaim comes at most once in ten milliseconds.
static void pass_time(void) {
  struct timespec now, start;
  CHECK(clock_gettime(CLOCK_MONOTONIC_COARSE, &start) == 0);
  do CHECK(clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0);
  while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 20);
}

// Pages that are taken until a shrinker is asked, or `limit`.
static int take(gfp_t flags, int limit) {
  int taken = 0;
  calls = 0;
  while (taken < limit && calls == 0) {
    CHECK((pages[taken] = __get_free_pages(flags, 0)) != 0 || calls > 0);
    taken += pages[taken] != 0;
  }
  return taken;
}

static void give_back(int taken) {
  for (int i = 0; i < taken; i++) free_pages(pages[i], 0);
  pass_time();
}

int main(void) {
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker_register(shrinker);
  gfp_t without = (GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM) | __GFP_NOWARN;

  int early = take(GFP_KERNEL | __GFP_NOWARN, MANY);
  CHECK(calls > 0 && early > 15000);
  give_back(early);
  int late = take(without, MANY);
  CHECK(calls > 0);
  // low lies a quarter of min, 64 pages of 256, above it.
  CHECK(late - early > 50 && late - early < 70);
  give_back(late);

  // Between the two a request that cannot wait calls for it, and one that may wait does it.
  int taken = take(without, early + 30);
  CHECK(calls == 0 && taken == early + 30);
  kfree(kmalloc(100, GFP_ATOMIC & ~__GFP_KSWAPD_RECLAIM));
  kfree(kmalloc(2000, without));
  CHECK(calls == 0);
  kfree(kmalloc(100, GFP_ATOMIC));
  CHECK(calls == 0);
  kfree(kmalloc(2000, without));
  CHECK(calls > 0);
}
