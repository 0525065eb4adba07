// expect: exit 0
// links: quarry

// After split_page each page is given back on its own.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct page *block = alloc_pages(GFP_KERNEL, 4);
  char *address = page_address(block);
  fill(address, 16 * PAGE_SIZE, 1);
  split_page(block, 4);
  CHECK(holds(address, 16 * PAGE_SIZE, 1));
  for (int i = 15; i > 0; i -= 2) __free_pages(virt_to_page(address + i * PAGE_SIZE), 0);
  for (int i = 0; i < 16; i += 2) free_pages((unsigned long)(address + i * PAGE_SIZE), 0);
  CHECK(__get_free_pages(GFP_KERNEL, 4) == (unsigned long)address);
}
