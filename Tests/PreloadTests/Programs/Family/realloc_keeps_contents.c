// expect: exit 0
// standard: yes

// Growing and shrinking keeps what both sizes have in common, from any size region to any other.

#include "check.h"

int main(void) {
  uses_quarry();
  static const size_t sizes[] = {
    1, 8, 16, 24, 40, 100, 500, 1000, 1025, 2000, 4000, 4096, 4097, 6000, 8192, 12000, 20000, 32768, 32769,
    50000, 100 * KiB, 300 * KiB, 1 * MiB, 3 * MiB + 5, 8 * MiB, 33 * MiB, 64 * MiB, 100 * MiB + 1, 200 * MiB,
  };
  enum { COUNT = sizeof sizes / sizeof *sizes };
  for (size_t from = 0; from < COUNT; from++) {
    for (size_t to = 0; to < COUNT; to++) {
      size_t before = sizes[from], after = sizes[to], common = before < after ? before : after;
      void *block = malloc(before);
      CHECK(block != NULL);
      fill(block, before, from);
      block = realloc(block, after);
      CHECK(block != NULL);
      CHECK(is_aligned(block, after <= 8 ? 8 : 16));
      CHECK(malloc_usable_size(block) >= after);
      CHECK(holds_part(block, common, before, from));
      // The new end is writable, and the neighbours survive it.
      fill(block, after, to);
      CHECK(holds(block, after, to));
      free(block);
    }
  }
}
