// expect: exit 0
// standard: yes
// limit: as=400

// A realloc that fails for want of memory leaves the old block as it was.

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t sizes[] = {8, 24, 1000, 5000, 20000, 100 * KiB, 3 * MiB, 100 * MiB};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char *block = malloc(sizes[i]);
    CHECK(block != NULL);
    fill(block, sizes[i], i);
    errno = 0;
    CHECK(realloc(hide(block), GiB) == NULL);
    CHECK(errno == ENOMEM);
    CHECK(holds(block, sizes[i], i));
    free(block);
  }
}
