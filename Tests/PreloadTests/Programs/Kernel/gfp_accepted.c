// expect: exit 0
// links: quarry

// Flags that say what is true of all memory here: accepted, alone and with others, and nothing changes.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  gfp_t flags[] = {__GFP_HIGHMEM, __GFP_THISNODE, __GFP_WRITE, __GFP_THISNODE | __GFP_WRITE | __GFP_HIGHMEM};
  for (int i = 0; i < 4; i++) {
    char *block = kmalloc(1000, GFP_KERNEL | flags[i]);
    CHECK(block != NULL && is_aligned(block, 8) && ksize(block) == kmalloc_size_roundup(1000));
    kfree(block);
    CHECK((block = kzalloc(1000, GFP_ATOMIC | flags[i])) != NULL && all_bytes(block, 1000, 0));
    kfree(block);
    unsigned long page = __get_free_pages(GFP_KERNEL | flags[i], 2);
    CHECK(page != 0 && page % (4 * PAGE_SIZE) == 0);
    free_pages(page, 2);
  }
}
