// expect: exit 0

// A block that the program locked, and freed without unlocking it, keeps nothing else from going back: neither while the
// program frees nor when it trims.

#include <malloc.h>
#include <sys/mman.h>
#include "check.h"

enum { COUNT = 4096, SIZE = 64 * KiB };

static char *blocks[COUNT];

int main(void) {
  uses_quarry();
  int highest = 0;
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
    if (blocks[i] > blocks[highest]) highest = i;
  }
  // What lies highest goes back first.
  CHECK(mlock(blocks[highest], 4096) == 0);
  for (int i = COUNT - 1; i >= 0; i--) free(blocks[i]);
  CHECK(resident() < 40 * MiB);
  malloc_trim(0);
  CHECK(resident() < 12 * MiB);
  // What is locked still holds what was written there, and is cleared for who asks for zeros.
  char *zeros = calloc(COUNT / 8, SIZE);
  CHECK(zeros != NULL && all_bytes(zeros, COUNT / 8 * SIZE, 0));
  free(zeros);
}
