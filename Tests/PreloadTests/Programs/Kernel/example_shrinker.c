// expect: exit 0
// options: limit=16M
// links: quarry

// A cache with a shrinker survives a limit of half its working set: what was used longest ago is given up, and made anew
// when it is asked for again.

#include <quarry/kernel.h>

#include "check.h"

enum { ITEMS = 8 * 1024, ITEM = 4000 };

typedef struct Item { struct Item *newer, *older; size_t key; char content[ITEM - 24]; } Item;

static Item *items[ITEMS], *newest, *oldest;
static unsigned long cached, given_up;

static void unlink_item(Item *item) {
  *(item->newer ? &item->newer->older : &newest) = item->older;
  *(item->older ? &item->older->newer : &oldest) = item->newer;
}

static void make_newest(Item *item) {
  item->newer = NULL;
  item->older = newest;
  *(newest ? &newest->newer : &oldest) = item;
  newest = item;
}

static unsigned long count(struct shrinker *shrinker, struct shrink_control *control) {
  CHECK(shrinker->private_data == items && control->nid == 0 && (control->gfp_mask & GFP_KERNEL) == GFP_KERNEL);
  return cached ? cached : SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker;
  unsigned long freed = 0;
  for (; freed < control->nr_to_scan && oldest != NULL; freed++) {
    Item *item = oldest;
    unlink_item(item);
    items[item->key] = NULL;
    kfree(item);
  }
  cached -= freed;
  given_up += freed;
  return freed;
}

static Item *get(size_t key) {
  Item *item = items[key];
  if (item != NULL) {
    unlink_item(item);
  } else {
    item = kmalloc(sizeof *item, GFP_KERNEL | __GFP_RECLAIMABLE);
    CHECK(item != NULL);
    item->key = key;
    fill(item->content, sizeof item->content, key);
    items[key] = item;
    cached++;
  }
  make_newest(item);
  return item;
}

int main(void) {
  struct shrinker *shrinker = shrinker_alloc(0, "items-%d", 1);
  CHECK(shrinker != NULL && shrinker->seeks == DEFAULT_SEEKS && shrinker->flags == 0);
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker->private_data = items;
  shrinker_register(shrinker);
  Random random = {1};
  for (int round = 0; round < 100000; round++) {
    size_t key = random_below(&random, ITEMS);
    CHECK(holds(get(key)->content, sizeof ((Item *)0)->content, key));
  }
  // Half of it fits, most of that is in use, and the limit held.
  CHECK(given_up > 10000);
  CHECK(cached * ITEM > 10 * MiB && cached * ITEM < 16 * MiB);
  CHECK(resident() < 24 * MiB);

  // Taken back, it is called no more.
  shrinker_free(shrinker);
  shrinker_free(NULL);
  unsigned long before = given_up;
  while (kmalloc(ITEM, GFP_KERNEL | __GFP_NOWARN) != NULL) {}
  CHECK(given_up == before);
}
