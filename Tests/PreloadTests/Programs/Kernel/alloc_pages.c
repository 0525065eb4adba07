// expect: exit 0
// links: quarry

// Blocks of every order are naturally aligned, apart from each other, and the program's alone.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  enum { COPIES = 3 };
  struct page *pages[MAX_PAGE_ORDER + 1][COPIES];
  for (unsigned order = 0; order <= MAX_PAGE_ORDER; order++) {
    for (int copy = 0; copy < COPIES; copy++) {
      struct page *page = pages[order][copy] = alloc_pages(GFP_KERNEL, order);
      CHECK(page != NULL);
      char *block = page_address(page);
      CHECK(is_aligned(block, PAGE_SIZE << order));
      CHECK(virt_to_page(block) == page && virt_to_page(block + PAGE_SIZE - 1) == page);
      CHECK(virt_to_page(block + PAGE_SIZE) != page);
      fill(block, PAGE_SIZE << order, order * COPIES + (size_t)copy);
    }
  }
  for (unsigned order = 0; order <= MAX_PAGE_ORDER; order++) {
    for (int copy = 0; copy < COPIES; copy++) {
      CHECK(holds(page_address(pages[order][copy]), PAGE_SIZE << order, order * COPIES + (size_t)copy));
      __free_pages(pages[order][copy], order);
    }
  }
  unsigned long address = __get_free_pages(GFP_KERNEL, 2);
  CHECK(address != 0 && is_aligned((void *)address, 4 * PAGE_SIZE));
  CHECK(page_address(virt_to_page((void *)address)) == (void *)address);
  memset((void *)address, 1, 4 * PAGE_SIZE);
  free_pages(address, 2);
  free_pages(0, 5);
  __free_pages(NULL, 5);
  int on_stack;
  CHECK(virt_to_page(&on_stack) == NULL);
  CHECK(page_address(NULL) == NULL);
}
