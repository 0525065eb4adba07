// expect: exit 0
// links: quarry

// As many pages as asked for: what is beyond them is somebody else's.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  for (size_t pages = 1; pages <= 1024; pages += pages < 20 ? 1 : 61) {
    size_t size = pages * PAGE_SIZE - 100;
    char *block = alloc_pages_exact(size, GFP_KERNEL);
    CHECK(block != NULL && is_aligned(block, PAGE_SIZE));
    CHECK(ksize(block) == pages * PAGE_SIZE);
    fill(block, size, pages);
    CHECK(holds(block, size, pages));
    free_pages_exact(block, size);
  }
  char *zeroed = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
  CHECK(zeroed != NULL && all_bytes(zeroed, 5 * PAGE_SIZE, 0));
  // The three pages that fill up the power of two went back at once.
  char *tail = alloc_pages_exact(PAGE_SIZE, GFP_KERNEL);
  CHECK(tail != NULL && (size_t)(tail - zeroed) < 8 * PAGE_SIZE);
  free_pages_exact(tail, PAGE_SIZE);
  free_pages_exact(zeroed, 5 * PAGE_SIZE);
  free_pages_exact(NULL, 5 * PAGE_SIZE);
  CHECK(alloc_pages_exact(0, GFP_KERNEL) == NULL);
  CHECK(alloc_pages_exact(hide_size((PAGE_SIZE << MAX_PAGE_ORDER) + 1), GFP_KERNEL | __GFP_NOWARN) == NULL);
}
