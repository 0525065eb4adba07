// expect: exit 0
// standard: yes

// Every power of two up to 64 MiB, and a gigabyte, with sizes below, at and above the alignment.

#include "check.h"

static void try_one(size_t alignment, size_t size) {
  void *blocks[4];
  for (int i = 0; i < 4; i++) {
    errno = 55;
    CHECK(posix_memalign(&blocks[i], alignment, size) == 0);
    CHECK(errno == 55);
    CHECK(blocks[i] != NULL && is_aligned(blocks[i], alignment));
    CHECK(malloc_usable_size(blocks[i]) >= size);
    fill(blocks[i], size, (size_t)i);
  }
  for (int i = 0; i < 4; i++) CHECK(holds(blocks[i], size, (size_t)i));
  blocks[0] = realloc(blocks[0], size + size / 2 + 1);
  CHECK(blocks[0] != NULL && holds_part(blocks[0], size, size, 0));
  for (int i = 0; i < 4; i++) free(blocks[i]);
}

int main(void) {
  uses_quarry();
  for (size_t alignment = sizeof(void *); alignment <= 64 * MiB; alignment *= 2) {
    const size_t sizes[] = {0, 1, 24, 100, 1000, 5000, 100000, alignment / 2 + 1, alignment - 1, alignment, alignment + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) try_one(alignment, sizes[i]);
  }
  void *block;
  CHECK(posix_memalign(&block, GiB, 100) == 0);
  CHECK(is_aligned(block, GiB));
  fill(block, 100, 1);
  free(block);
}
