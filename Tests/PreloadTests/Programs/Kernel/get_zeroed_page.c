// expect: exit 0
// links: quarry

// __GFP_ZERO clears what was written to, and only that: fresh pages are not even touched.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  for (int round = 0; round < 100; round++) {
    unsigned long page = get_zeroed_page(GFP_KERNEL);
    CHECK(page != 0 && all_bytes((void *)page, PAGE_SIZE, 0));
    memset((void *)page, 0xa5, PAGE_SIZE);
    free_pages(page, 0);
    unsigned long block = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 3);
    CHECK(block != 0 && all_bytes((void *)block, PAGE_SIZE << 3, 0));
    memset((void *)block, 0xa5, PAGE_SIZE << 3);
    free_pages(block, 3);
  }
  // Without the flag a block that was used comes back as it is.
  unsigned long block = __get_free_pages(GFP_KERNEL, 4);
  memset((void *)block, 0xa5, PAGE_SIZE << 4);
  free_pages(block, 4);
  CHECK(__get_free_pages(GFP_KERNEL, 4) == block);
  CHECK(!all_bytes((void *)block, PAGE_SIZE << 4, 0));
  free_pages(block, 4);

  size_t before = resident();
  unsigned long blocks[16];
  for (int i = 0; i < 16; i++) CHECK((blocks[i] = __get_free_pages(GFP_KERNEL | __GFP_ZERO, MAX_PAGE_ORDER)) != 0);
  CHECK(resident() < before + 2 * MiB);
  for (int i = 0; i < 16; i++) free_pages(blocks[i], MAX_PAGE_ORDER);
}
