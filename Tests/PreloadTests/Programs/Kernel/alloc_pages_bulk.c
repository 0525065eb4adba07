// expect: exit 0
// options: limit=8M
// links: quarry

// The entries that are NULL get a page each, from the start on; when memory is short, fewer.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  enum { COUNT = 4096 };
  static struct page *pages[COUNT];
  pages[3] = alloc_pages(GFP_KERNEL, 0);
  struct page *kept = pages[3];
  CHECK(alloc_pages_bulk(GFP_KERNEL, 100, pages) == 100);
  CHECK(pages[3] == kept && pages[99] != NULL && pages[100] == NULL);
  for (int i = 0; i < 100; i++) memset(page_address(pages[i]), i, PAGE_SIZE);
  for (int i = 0; i < 100; i++) CHECK(all_bytes(page_address(pages[i]), PAGE_SIZE, (unsigned char)i));
  CHECK(alloc_pages_bulk(GFP_KERNEL, 0, pages) == 0);

  unsigned long filled = alloc_pages_bulk(GFP_KERNEL | __GFP_NOWARN, COUNT, pages);
  CHECK(filled > 1000 && filled < 2048);
  CHECK(pages[filled - 1] != NULL && pages[filled] == NULL);
  for (unsigned long i = 0; i < filled; i++) __free_pages(pages[i], 0);
}
