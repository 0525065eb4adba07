// expect: exit 0
// options: limit=16M
// links: quarry

// Reclaim for a request without __GFP_IO, or without __GFP_FS, leaves the shrinkers alone that declared such work; so it
// does within memalloc_noio_save and memalloc_nofs_save, whatever the request's flags.

#include <quarry/kernel.h>

#include "check.h"

static int called[3];
static gfp_t seen;

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  called[(uintptr_t)shrinker->private_data]++;
  seen = control->gfp_mask;
  return 0;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return SHRINK_STOP;
}

static void make(uintptr_t number, unsigned flags) {
  struct shrinker *shrinker = shrinker_alloc(flags, "%lu", (unsigned long)number);
  CHECK(shrinker != NULL);
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker->private_data = (void *)number;
  shrinker_register(shrinker);
}

static void expect(gfp_t flags, bool plain, bool io, bool fs) {
  memset(called, 0, sizeof called);
  CHECK(kmalloc(4 * MiB, flags | __GFP_NOWARN) == NULL);
  CHECK((called[0] > 0) == plain && (called[1] > 0) == io && (called[2] > 0) == fs);
}

int main(void) {
  make(0, 0);
  make(1, SHRINKER_IO);
  make(2, SHRINKER_IO | SHRINKER_FS);
  while (kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN) != NULL) {}
  expect(GFP_KERNEL, true, true, true);
  expect(GFP_NOFS, true, true, false);
  expect(GFP_NOIO, true, false, false);
  expect(GFP_ATOMIC, false, false, false);
  expect(GFP_NOWAIT, false, false, false);

  unsigned outer = memalloc_nofs_save();
  expect(GFP_KERNEL, true, true, false);
  CHECK(!(seen & __GFP_FS) && (seen & __GFP_IO));
  unsigned inner = memalloc_noio_save();
  expect(GFP_KERNEL, true, false, false);
  CHECK(!(seen & __GFP_FS) && !(seen & __GFP_IO));
  memalloc_noio_restore(inner);
  expect(GFP_KERNEL, true, true, false);
  unsigned again = memalloc_nofs_save();
  memalloc_nofs_restore(again);
  expect(GFP_KERNEL, true, true, false);
  memalloc_nofs_restore(outer);
  expect(GFP_KERNEL, true, true, true);
}
