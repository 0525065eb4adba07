// expect: exit 0

// The runs that a program frees last wait for the next request of their length, at the same place and as they are. They go
// back, too, when none comes, though nothing else is free.

#include "GivingBack/giving_back.h"

enum { SIZE = 900 * KiB, COUNT = 4 };

static void again(void) {
  char *blocks[COUNT];
  for (int i = 0; i < COUNT; i++) memset(blocks[i] = malloc(SIZE + i * 4 * KiB), i + 1, SIZE);
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  for (int i = 0; i < COUNT; i++) {
    CHECK(malloc(SIZE + i * 4 * KiB) == blocks[i]);
    CHECK(blocks[i][SIZE / 2] == i + 1);
  }
  // Another request finds all of it free, in one piece.
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  char *all = malloc(COUNT * SIZE);
  CHECK(all == blocks[0]);
  free(all);
}

int main(void) {
  uses_quarry();
  be_several();
  malloc_trim(0);
  size_t before = resident();
  for (int i = 0; i < 16; i++) again();
  CHECK(resident() > before + 3 * MiB);
  UNTIL(resident() < before + MiB);
}
