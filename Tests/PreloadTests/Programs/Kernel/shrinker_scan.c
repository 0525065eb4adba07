// expect: exit 0
// options: limit=16M
// links: quarry

// How much a shrinker is asked for: by the priority, by what its objects cost (seeks), in batches, and until it says stop.
// What is less than a batch is asked for later.

#include <quarry/kernel.h>

#include "check.h"

enum { OBJECTS = 8 << 12 };  // 8 of them are due in the lightest round

static int calls;
static unsigned long asked, largest, answer;

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return OBJECTS;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker;
  CHECK(control->nr_scanned == control->nr_to_scan);
  calls++;
  asked += control->nr_to_scan;
  if (control->nr_to_scan > largest) largest = control->nr_to_scan;
  return answer;
}

// One light round.
static void reclaim(void) {
  calls = 0;
  asked = largest = 0;
  CHECK(kmalloc(4 * MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) == NULL);
}

int main(void) {
  while (kmalloc(MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) != NULL) {}
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  CHECK(shrinker->seeks == 2);
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker->batch = 4;
  shrinker_register(shrinker);

  reclaim();
  CHECK(calls == 4 && asked == 16 && largest == 4);
  shrinker->seeks = 8;
  reclaim();
  CHECK(calls == 1 && asked == 4);

  // No more than it has to give now.
  answer = SHRINK_STOP;
  shrinker->seeks = 2;
  reclaim();
  CHECK(calls == 1 && asked == 4);
  answer = 0;
  reclaim();
  CHECK(calls == 8 && asked == 32);

  // 128 objects a batch, unless the shrinker says otherwise: sixteen are left for later, seven times.
  shrinker->batch = 0;
  for (int round = 1; round < 8; round++) {
    reclaim();
    CHECK(calls == 0);
  }
  reclaim();
  CHECK(calls == 1 && asked == 128);

  // Objects that cost nothing: half of them.
  shrinker->seeks = 0;
  reclaim();
  CHECK(asked == OBJECTS / 2 && largest == 128);
  shrinker_free(shrinker);
}
