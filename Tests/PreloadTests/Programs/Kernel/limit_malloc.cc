// expect: exit 0
// options: limit=32M
// links: quarry

// The limit is malloc's, too: where one of its family would fail, shrinkers are asked. What a shrinker itself allocates
// never asks again, and a request beyond the limit asks nobody.

#include <quarry/kernel.h>

#include <new>

#include "check.h"

enum { ITEM = 4000 };

struct Item { Item *next; char content[ITEM - sizeof(Item *)]; };

// The compiler knows of malloc that it changes nothing that the program sees, which is not so here.
static Item *volatile items;
static volatile unsigned long cached;
static volatile int calls, depth;
static volatile bool filling;

static unsigned long count(struct shrinker *, struct shrink_control *) {
  calls = calls + 1;
  CHECK(depth == 0);
  return cached && !filling ? cached : SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *, struct shrink_control *control) {
  depth = depth + 1;
  // Beyond the limit if need be.
  void *own = malloc(100000);
  CHECK(own != NULL);
  memset(own, 1, 100000);
  unsigned long freed = 0;
  for (; freed < control->nr_to_scan && items != NULL; freed++) {
    Item *item = items;
    items = item->next;
    kfree(item);
  }
  cached = cached - freed;
  free(own);
  depth = depth - 1;
  return freed;
}

// Fills the limit with what can be given up.
static void fill_up() {
  gfp_t flags = (GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM) | __GFP_NORETRY | __GFP_NOWARN;
  filling = true;
  while (Item *item = (Item *)kmalloc(sizeof(Item), flags)) {
    memset(item, 1, sizeof *item);
    item->next = items;
    items = item;
    cached = cached + 1;
  }
  filling = false;
  calls = 0;
}

static void *blocks[64];

template <typename Allocate> static void survives(Allocate allocate) {
  fill_up();
  errno = 0;
  // A quarter of the limit.
  for (int i = 0; i < 32; i++) {
    CHECK((blocks[i] = allocate(256 * KiB)) != NULL);
    memset(blocks[i], 1, 256 * KiB);
  }
  CHECK(calls > 0);
  CHECK(resident() < 48 * MiB);
  for (int i = 0; i < 32; i++) free(blocks[i]);
}

int main() {
  struct shrinker *shrinker = shrinker_alloc(0, "items");
  shrinker->count_objects = count;
  shrinker->scan_objects = scan;
  shrinker_register(shrinker);

  survives([](size_t size) { return malloc(size); });
  survives([](size_t size) { return calloc(1, size); });
  survives([](size_t size) { return realloc(malloc(100), size); });
  survives([](size_t size) { return memalign(64 * KiB, size); });
  survives([](size_t size) {
    void *block = NULL;
    CHECK(posix_memalign(&block, 64, size) == 0);
    return block;
  });
  survives([](size_t size) { return ::operator new(size); });
  survives([](size_t size) { return ::operator new(size, std::nothrow); });
  survives([](size_t size) { return ::operator new(size, std::align_val_t(128)); });

  // Beyond the limit nothing helps.
  fill_up();
  unsigned long before = cached;
  CHECK(malloc(hide_size(33 * MiB)) == NULL && errno == ENOMEM);
  CHECK(malloc(hide_size(PTRDIFF_MAX)) == NULL && calls == 0 && cached == before);
  // Within memalloc_nofs_save() malloc leaves shrinkers of file-system work alone.
  shrinker->flags = SHRINKER_FS;
  unsigned int scope = memalloc_nofs_save();
  void *last;
  int got = 0;
  while ((last = malloc(256 * KiB)) != NULL) blocks[got++] = memset(last, 1, 256 * KiB);
  CHECK(calls == 0 && cached == before);
  memalloc_nofs_restore(scope);
  CHECK((last = malloc(256 * KiB)) != NULL && calls > 0);
}
