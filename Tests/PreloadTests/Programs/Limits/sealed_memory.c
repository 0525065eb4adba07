// expect: exit 0
// standard: yes

// A block part of which the program sealed keeps its content when it grows: its page tables cannot move as a whole.

#include <sys/mman.h>
#include <sys/syscall.h>
#include "check.h"

enum { SIZE = 4 * MiB };

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

int main(void) {
  uses_quarry();
  char *block = malloc(SIZE);
  CHECK(block != NULL && malloc(64 * KiB) != NULL);
  fill(block, SIZE, 1);
  char *inside = (char *)(((uintptr_t)block + 4095) & ~(uintptr_t)4095);
  // Two mappings by now, or one where the system has no huge pages; the second one has a sealed part, unless the system is
  // too old for that.
  madvise(inside, MiB, MADV_NOHUGEPAGE);
  syscall(SYS_mseal, inside + 2 * MiB, MiB, 0);
  block = realloc(block, 40 * MiB);
  CHECK(block != NULL);
  CHECK(holds(block, SIZE, 1));
}
