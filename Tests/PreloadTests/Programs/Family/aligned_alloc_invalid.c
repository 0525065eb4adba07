// expect: exit 0

// The GNU manual: aligned_alloc with an alignment that is no power of two fails with EINVAL. For memalign it says
// the same, but its implementation rounds up, and old programs rely on it.

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t alignments[] = {0, 3, 24, 48, 100, 4095, 5000, ((size_t)1 << 63) + 1, SIZE_MAX};
  for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
    errno = 0;
    CHECK(aligned_alloc(hide_size(alignments[i]), 100) == NULL);
    CHECK(errno == EINVAL);
  }
  void *block = memalign(hide_size(24), 100);
  CHECK(block == NULL ? errno == EINVAL : is_aligned(block, 32));
  free(block);
}
