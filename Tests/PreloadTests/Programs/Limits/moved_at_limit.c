// expect: exit 0

// Where a block moves to a mapping of its own though the system will not map its old place anew, since that would be beyond a
// limit, the place is used again as soon as there is room: a program that does so again and again can go on for ever.

#include <sys/resource.h>
#include "check.h"

enum { ROUNDS = 1000, SIZE = 8 * MiB, GROWN = 12 * MiB };

static void grow(void) {
  char *block = malloc(SIZE), *behind = malloc(64 * KiB);
  CHECK(block != NULL && behind != NULL);
  fill(block, SIZE, 1);
  char *moved = realloc(block, GROWN);
  CHECK(moved != NULL && moved != block);
  CHECK(holds_part(moved, SIZE, SIZE, 1));
  free(moved);
  free(behind);
}

int main(void) {
  uses_quarry();
  free(malloc(SIZE));
  // Enough to grow, but not for the old place as well.
  struct rlimit limit = {figure("status", "VmSize:") + 6 * MiB, RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  for (int round = 0; round < ROUNDS; round++) grow();
  CHECK(mallinfo2().uordblks < MiB && mallinfo2().arena < 64 * MiB);
}
