// expect: exit 0
// standard: yes

// Blocks from 64 MiB on grow by moving their pages: no content is copied and no untouched page is made present.

#include <sys/resource.h>
#include "check.h"

static long faults(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return usage.ru_minflt;
}

int main(void) {
  uses_quarry();
  size_t size = 64 * MiB;
  char *block = malloc(size);
  CHECK(block != NULL);
  memset(block, 1, size);
  long before = faults();
  while (size < (size_t)8 * GiB) {
    size *= 2;
    block = realloc(block, size);
    CHECK(block != NULL);
    block[size - 1] = 1;
  }
  CHECK(faults() - before < 1000);
  CHECK(resident() < 80 * MiB);
  CHECK(all_bytes(block, 64 * MiB, 1));
  block = realloc(block, 64 * MiB);
  CHECK(block != NULL);
  CHECK(all_bytes(block, 64 * MiB, 1));
  free(block);
  CHECK(resident() < 16 * MiB);
}
