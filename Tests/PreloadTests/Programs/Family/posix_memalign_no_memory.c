// expect: exit 0

// Without memory posix_memalign returns ENOMEM, and leaves errno and the result as they were. (glibc's sets errno.)

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t sizes[] = {(size_t)1 << 50, PTRDIFF_MAX, SIZE_MAX - 4096, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (size_t alignment = 8; alignment <= GiB; alignment *= 8) {
      void *result = &result;
      errno = 77;
      CHECK(posix_memalign(&result, alignment, hide_size(sizes[i])) == ENOMEM);
      CHECK(result == &result && errno == 77);
    }
  }
}
