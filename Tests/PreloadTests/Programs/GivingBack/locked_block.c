// expect: exit 0

// A block that the program locked, and freed without unlocking it, does not end that other memory goes back, also where for a
// while there was nothing else to give back.

#include <malloc.h>
#include <sys/mman.h>
#include "check.h"

enum { COUNT = 64, SIZE = MiB, LOCKED = 4 * MiB };

static char *blocks[COUNT];

int main(void) {
  uses_quarry();
  CHECK(mallopt(M_TRIM_THRESHOLD, 0) == 1);
  char *locked = malloc(LOCKED);
  CHECK(locked != NULL);
  CHECK(mlock(locked, LOCKED) == 0);
  free(locked);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < COUNT; i++) {
      CHECK((blocks[i] = malloc(SIZE)) != NULL);
      memset(blocks[i], 1, SIZE);
    }
    for (int i = 0; i < COUNT; i++) free(blocks[i]);
    CHECK(resident() < 24 * MiB);
  }
}
