// expect: exit 0

// mallopt returns 0 for what it does not know; what glibc's programs set is at least harmless.

#include "check.h"

int main(void) {
  uses_quarry();
  CHECK(mallopt(-12345, 1) == 0);
  CHECK(mallopt(12345, 1) == 0);
  const int known[] = {M_MXFAST, M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX, M_PERTURB};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    int result = mallopt(known[i], 4096);
    CHECK(result == 0 || result == 1);
  }
  free(malloc(100));
}
