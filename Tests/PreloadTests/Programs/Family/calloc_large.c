// expect: exit 0
// standard: yes

// Large blocks are zero too, both fresh and where their pages were dirty, even if only some of them were.

#include "check.h"

int main(void) {
  uses_quarry();
  for (size_t size = 64 * KiB; size <= 128 * MiB; size *= 2) {
    char *block = calloc(1, size);
    CHECK(block != NULL);
    CHECK(all_bytes(block, size, 0));
    for (size_t i = 0; i < size; i += 5 * 4096) block[i] = 1;
    free(block);
    block = calloc(size / 16, 16);
    CHECK(block != NULL);
    CHECK(all_bytes(block, size, 0));
    free(block);
  }
}
