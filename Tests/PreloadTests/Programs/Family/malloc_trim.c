// expect: exit 0
// standard: yes

// After malloc_trim what was freed is the system's again, at the top and in holes between live blocks.

#include "check.h"

enum { COUNT = 100000, SIZE = 1000 };

static char *blocks[COUNT];

int main(void) {
  uses_quarry();
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    fill(blocks[i], SIZE, (size_t)i);
  }
  CHECK(resident() > 95 * MiB);
  // One block of a hundred stays: some 25 pages between each two of them are free.
  for (int i = 0; i < COUNT; i++)
    if (i % 100 != 0) free(blocks[i]);
  CHECK(malloc_trim(0) == 1);
  CHECK(resident() < 16 * MiB);
  for (int i = 0; i < COUNT; i += 100) CHECK(holds(blocks[i], SIZE, (size_t)i));
  for (int i = 0; i < COUNT; i += 100) free(blocks[i]);
  malloc_trim(0);
  CHECK(resident() < 8 * MiB);
}
