// expect: exit 0
// standard: yes

// A product beyond SIZE_MAX fails, however it wraps.

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t factors[][2] = {
    {SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}, {(size_t)1 << 32, (size_t)1 << 32},
    {((size_t)1 << 32) + 1, (size_t)1 << 32}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 3 + 1, 3}, {SIZE_MAX / 16 + 2, 16},
  };
  void *block = malloc(24);
  CHECK(block != NULL);
  fill(block, 24, 3);
  for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
    size_t count = hide_size(factors[i][0]), size = hide_size(factors[i][1]);
    errno = 0;
    CHECK(calloc(count, size) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(NULL, count, size) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(block, count, size) == NULL && errno == ENOMEM);
    CHECK(holds(block, 24, 3));
  }
  free(block);
}
