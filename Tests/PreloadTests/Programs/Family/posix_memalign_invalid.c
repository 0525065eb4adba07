// expect: exit 0
// standard: yes

// An alignment that is no power of two, or no multiple of a pointer's size, gives EINVAL; errno and the result
// stay as they were.

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t alignments[] = {0, 1, 2, 3, 4, 6, 7, 9, 12, 24, 40, 48, 1000, 4095, 4097, 12288, SIZE_MAX, SIZE_MAX - 7};
  for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
    void *result = &result;
    errno = 88;
    CHECK(posix_memalign(&result, hide_size(alignments[i]), 100) == EINVAL);
    CHECK(result == &result && errno == 88);
  }
}
