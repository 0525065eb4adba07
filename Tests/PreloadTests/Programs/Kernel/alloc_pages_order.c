// expect: exit 0
// stderr: quarry: alloc_pages: order 11: orders go up to MAX_PAGE_ORDER, 10; *
// stderr: quarry: alloc_pages: order 4294967295: *
// links: quarry

// An order that no block has.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  CHECK(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER + 1) == NULL);
  CHECK(__get_free_pages(GFP_KERNEL, -1u) == 0);
}
