// expect: exit 0
// options: kswapd=off
// links: quarry
// args: reserve
// args: pages
// args: low

// Where no kswapd runs, what the atomic reserve grew by and free pages go back all the same: with the requests that come by
// later.

#include <quarry/kernel.h>

#include "GivingBack/giving_back.h"

enum { COUNT = 16384, SIZE = 1000 };

static void *blocks[COUNT];

int main(int count, char **arguments) {
  CHECK(count == 2 && quarry_init() == 0);
  bool of_pages = strcmp(arguments[1], "reserve") != 0;
  gfp_t flags = GFP_KERNEL | __GFP_ZERO | (strcmp(arguments[1], "low") == 0 ? GFP_DMA32 : 0);
  size_t before = resident();
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = of_pages ? (void *)__get_free_pages(flags, 0) : kmalloc(SIZE, GFP_ATOMIC);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
    // The reserve grows where requests that may wait come by.
    if (i % 64 == 0) kfree(kmalloc(2000, GFP_KERNEL_ACCOUNT));
  }
  // One in a while stays, so that no pageblock of pages falls free altogether.
  for (int i = 0; i < COUNT; i++) {
    if (of_pages && i % 256 != 0) free_pages((unsigned long)blocks[i], 0);
    if (!of_pages) kfree(blocks[i]);
  }
  CHECK(resident() > before + 14 * MiB);
  UNTIL((kfree(kmalloc(2000, GFP_KERNEL_ACCOUNT)), resident() < before + 2 * MiB));
  CHECK(threads().count == 1);
}
