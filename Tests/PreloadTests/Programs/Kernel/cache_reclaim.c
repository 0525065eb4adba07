// expect: exit 0
// options: limit=16M
// links: quarry

// What a cache keeps for its next objects, in the thread's sheaves and in empty slabs, is given up when memory is short, before
// any shrinker is asked.

#include <quarry/kernel.h>

#include "check.h"

static int asked;

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  asked++;
  return SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return SHRINK_STOP;
}

int main(void) {
  struct shrinker *shrinker = shrinker_alloc(0, "asked last");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker_register(shrinker);
  struct kmem_cache *cache = kmem_cache_create("test", 1000, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  enum { MANY = 20000 };
  static void *objects[MANY];
  for (int round = 0; round < 3; round++) {
    int count = 0;
    while (count < MANY && (objects[count] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
      memset(objects[count++], 1, 1000);
    }
    CHECK(count > 10000 && count < MANY);
    for (int i = 0; i < count; i++) kmem_cache_free(cache, objects[i]);
    CHECK(asked > 0);
    asked = 0;
    // Nearly all of the limit, which leaves no room for anything kept.
    void *pages[3];
    for (int i = 0; i < 3; i++) CHECK((pages[i] = kmalloc(4 * MiB, GFP_KERNEL)) != NULL);
    CHECK(asked == 0);
    for (int i = 0; i < 3; i++) kfree(pages[i]);
  }
  kmem_cache_destroy(cache);
}
