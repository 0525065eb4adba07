// expect: exit 0

// Buffers of some MiB that come and go, each a little longer than the last, take each other's places, between blocks that stay.

#include "check.h"

enum { COUNT = 32, LEAST = 2 * MiB + 8 * KiB, STEP = 4 * KiB };

static char *blocks[COUNT];

int main(void) {
  uses_quarry();
  for (int i = 0; i < COUNT; i++) {
    CHECK((blocks[i] = malloc(LEAST + i * STEP)) != NULL);
    CHECK(malloc(64 * KiB) != NULL);
  }
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  // Each is longer than the one before was at its place, and the last longer than all of them.
  for (int i = 0; i < COUNT; i++) {
    char *block = malloc(LEAST + (i + 1) * STEP);
    int places = 0;
    for (int old = 0; old < COUNT; old++) places += blocks[old] == block;
    CHECK(places == 1);
  }
}
