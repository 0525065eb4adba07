// expect: exit 0
// links: quarry

// __GFP_COMP: a block is known from any of its pages, and kfree takes it.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  struct page *compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
  struct page *plain = alloc_pages(GFP_KERNEL, 3);
  char *address = page_address(compound), *other = page_address(plain);
  for (int i = 0; i < 8; i++) {
    CHECK(compound_head(virt_to_page(address + i * PAGE_SIZE)) == compound);
    CHECK(compound_order(virt_to_page(address + i * PAGE_SIZE)) == 3);
    struct page *page = virt_to_page(other + i * PAGE_SIZE);
    CHECK(compound_head(page) == page && compound_order(page) == 0);
  }
  CHECK(ksize(address) == 8 * PAGE_SIZE);
  kfree(address);
  // It leaves no trace in the pages.
  char *again = (char *)__get_free_pages(GFP_KERNEL, 3);
  CHECK(again == address);
  for (int i = 0; i < 8; i++) CHECK(compound_order(virt_to_page(again + i * PAGE_SIZE)) == 0);
}
