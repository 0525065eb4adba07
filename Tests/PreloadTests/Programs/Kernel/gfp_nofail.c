// expect: exit 0
// options: limit=16M
// links: quarry

// __GFP_NOFAIL never fails: it reclaims what there is, and then goes beyond the limit.

#include <quarry/kernel.h>

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

int main(void) {
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker_register(shrinker);
  while (kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN) != NULL) {}
  calls = 0;
  for (int i = 0; i < 32; i++) {
    char *block = kmalloc(MiB, GFP_KERNEL | __GFP_NOFAIL);
    CHECK(block != NULL);
    memset(block, 1, MiB);
  }
  CHECK(calls >= 32);
  CHECK(alloc_pages(GFP_KERNEL | __GFP_NOFAIL, MAX_PAGE_ORDER) != NULL);
  // The others are held to it.
  CHECK(kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN) == NULL);
}
