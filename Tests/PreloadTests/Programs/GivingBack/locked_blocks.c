// expect: exit 0

// However many blocks the program locked, and freed without unlocking them: what lies behind them goes back, while the program
// works and with malloc_trim.

#include <malloc.h>
#include <sys/mman.h>
#include "check.h"

enum { LOCKED = 150, COUNT = 4000, SIZE = 40 * KiB };

static char *blocks[COUNT], *locked[LOCKED];

static char *filled(void) {
  char *block = malloc(SIZE);
  CHECK(block != NULL);
  return memset(block, 1, SIZE);
}

static void fill_all(void) {
  for (int i = 0; i < COUNT; i++) blocks[i] = filled();
}

static void free_all(void) {
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
}

int main(void) {
  uses_quarry();
  fill_all();
  for (int i = 0; i < LOCKED; i++) {
    CHECK(mlock(locked[i] = filled(), SIZE) == 0);
    CHECK(malloc(SIZE) != NULL);  // no two of them are neighbours
  }
  for (int i = 0; i < LOCKED; i++) free(locked[i]);
  free_all();
  CHECK(resident() < 64 * MiB);
  fill_all();
  CHECK(mallopt(M_TRIM_THRESHOLD, -1) == 1);
  free_all();
  CHECK(resident() > 128 * MiB);
  CHECK(malloc_trim(0) == 1);
  CHECK(resident() < 24 * MiB);
}
