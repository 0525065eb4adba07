// expect: exit 0
// standard: yes

// valloc aligns to a page, and pvalloc also rounds the size up to whole pages.

#include "check.h"

int main(void) {
  uses_quarry();
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t sizes[] = {0, 1, 100, page - 1, page, page + 1, 10 * page + 7, MiB, 70 * MiB + 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t rounded = (sizes[i] + page - 1) / page * page;
    void *block = valloc(sizes[i]), *whole = pvalloc(sizes[i]);
    CHECK(block != NULL && is_aligned(block, page));
    CHECK(malloc_usable_size(block) >= sizes[i]);
    CHECK(whole != NULL && is_aligned(whole, page));
    CHECK(malloc_usable_size(whole) >= rounded);
    fill(block, sizes[i], 1);
    fill(whole, rounded, 2);
    CHECK(holds(block, sizes[i], 1));
    free(block);
    CHECK(holds(whole, rounded, 2));
    free(whole);
  }
}
