// expect: exit 0
// links: quarry

// Pages of one migrate type fill pageblocks of their own: unmovable and reclaimable ones never share 2 MiB with each other
// or with malloc's, users' pages lie among malloc's, and a pageblock that is empty again is anybody's. All as
// quarry_pagetypeinfo counts it.

#include <quarry/kernel.h>

#include "check.h"

enum { BLOCK = 2 * MiB, COUNT = 1500 };

typedef struct { int unmovable, movable, reclaimable; } Blocks;

static Blocks blocks(void) {
  static char text[8192];
  FILE *stream = fmemopen(text, sizeof text, "w");
  quarry_pagetypeinfo(stream);
  fclose(stream);
  const char *found = strstr(text, "Node 0, zone   Normal ");
  CHECK(found != NULL);
  Blocks blocks;
  CHECK(sscanf(found, "Node 0, zone Normal %d %d %d", &blocks.unmovable, &blocks.movable, &blocks.reclaimable) == 3);
  return blocks;
}

static uintptr_t pageblock(void *address) { return (uintptr_t)address / BLOCK; }

static void *pages[5][COUNT];

static bool share(int one, int other) {
  for (int i = 0; i < COUNT; i++) {
    for (int j = 0; j < COUNT; j++) {
      if (pageblock(pages[one][i]) == pageblock(pages[other][j])) return true;
    }
  }
  return false;
}

int main(void) {
  CHECK(quarry_init() == 0);
  Blocks before = blocks();
  // In turns, as programs do.
  for (int i = 0; i < COUNT; i++) {
    pages[0][i] = (void *)__get_free_pages(GFP_KERNEL, 0);
    pages[1][i] = (void *)__get_free_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 0);
    static const gfp_t user[] = {GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_KERNEL | __GFP_MOVABLE};
    pages[2][i] = (void *)__get_free_pages(user[i % 4], 0);
    pages[3][i] = malloc(3000);
    pages[4][i] = (void *)__get_free_pages(GFP_ATOMIC, 0);
    for (int type = 0; type < 5; type++) CHECK(pages[type][i] != NULL);
  }
  CHECK(!share(0, 1) && !share(0, 2) && !share(0, 3));
  CHECK(!share(1, 2) && !share(1, 3) && !share(4, 1) && !share(4, 2) && !share(4, 3));
  CHECK(share(2, 3));
  Blocks during = blocks();
  CHECK(during.unmovable >= before.unmovable + 5 && during.unmovable <= before.unmovable + 6);
  CHECK(during.reclaimable == before.reclaimable + 3);
  for (int i = 0; i < COUNT; i++) {
    free_pages((unsigned long)pages[0][i], 0);
    free_pages((unsigned long)pages[1][i], 0);
    free_pages((unsigned long)pages[2][i], 0);
    free(pages[3][i]);
    free_pages((unsigned long)pages[4][i], 0);
  }
  Blocks after = blocks();
  CHECK(after.reclaimable == 0 && after.unmovable <= before.unmovable + 1);
  CHECK(after.movable + after.unmovable == during.movable + during.unmovable + during.reclaimable);
}
