// expect: exit 0
// options: limit=64M
// links: quarry

// What the min watermark keeps: ordinary requests leave it, __GFP_HIGH takes half of it, __GFP_MEMALLOC and
// memalloc_noreclaim_save all of it and more; __GFP_NOMEMALLOC forbids that.

#include <quarry/kernel.h>

#include "check.h"

static int until_null(gfp_t flags) {
  int count = 0;
  for (void *page; count < 100000 && (page = (void *)__get_free_pages(flags | __GFP_NOWARN, 0)) != NULL; count++) {
    memset(page, 1, PAGE_SIZE);
  }
  return count;
}

int main(void) {
  int ordinary = until_null(GFP_KERNEL);
  CHECK(ordinary > 10000);
  int high = until_null(GFP_KERNEL | __GFP_HIGH);
  // min is 1 MiB of 64.
  CHECK(high >= 120 && high <= 128);
  CHECK(until_null(GFP_KERNEL) == 0 && until_null(GFP_KERNEL | __GFP_HIGH) == 0);
  CHECK(until_null(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC) == 0);
  CHECK(__get_free_pages(GFP_KERNEL | __GFP_MEMALLOC, 0) != 0);
  unsigned scope = memalloc_noreclaim_save();
  for (int i = 0; i < 1000; i++) CHECK(__get_free_pages(GFP_KERNEL, 0) != 0);
  CHECK(__get_free_pages(GFP_KERNEL | __GFP_NOMEMALLOC | __GFP_NOWARN, 0) == 0);
  memalloc_noreclaim_restore(scope);
  CHECK(until_null(GFP_KERNEL) == 0);
}
