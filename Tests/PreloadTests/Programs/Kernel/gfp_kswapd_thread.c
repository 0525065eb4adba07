// expect: exit 0
// options: limit=64M,kswapd=on
// links: quarry

// Where kswapd runs, it is woken below the low watermark, by requests that cannot wait, too, and gives back what is free
// while nobody else does anything. It never calls a shrinker: the next request that may wait does, if that was not enough.

#include <quarry/kernel.h>
#include <sys/syscall.h>

#include "GivingBack/giving_back.h"

enum { MANY = 16384, FREED = 10 * MiB };

static int calls;
static unsigned long pages[MANY];

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  CHECK(syscall(SYS_gettid) == getpid());
  calls++;
  return 0;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return SHRINK_STOP;
}

// Takes and touches pages without calling for reclaim until one request fails.
static int take_all(void) {
  int taken = 0;
  gfp_t without = (GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM) | __GFP_NORETRY | __GFP_NOWARN;
  while (taken < MANY && (pages[taken] = __get_free_pages(without, 0)) != 0) {
    *(char *)pages[taken++] = 1;
  }
  CHECK(taken > 15000);
  return taken;
}

int main(void) {
  // Brings kswapd: what is free after it is far beyond the narrow bound.
  CHECK(quarry_init() == 0);
  peak(32 * MiB);
  UNTIL(threads().kswapd == 1);

  struct shrinker *shrinker = shrinker_alloc(0, "test");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  int taken = take_all();
  shrinker_register(shrinker);

  size_t full = resident();
  for (int i = 0; i < FREED / 4096; i++) free_pages(pages[--taken], 0);
  CHECK(resident() > full - MiB);
  kfree(kmalloc(100, GFP_ATOMIC));
  UNTIL(resident() < full - FREED + MiB);
  CHECK(calls == 0);

  // With nothing to give back it is left to requests that may wait, one of which calls the shrinker.
  int more = 0;
  while (more < FREED / 4096 && (pages[taken + more] = __get_free_pages(GFP_ATOMIC | __GFP_NOWARN, 0)) != 0) {
    *(char *)pages[taken + more++] = 1;
  }
  CHECK(calls == 0);
  UNTIL((kfree(kmalloc(2000, GFP_KERNEL | __GFP_NOWARN)), calls > 0));
}
