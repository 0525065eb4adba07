// expect: exit 0

// Programs test errno after functions that allocate underneath, so success leaves it alone, too.

#include "check.h"

int main(void) {
  uses_quarry();
  const size_t sizes[] = {0, 24, 1000, 20000, 100 * KiB, 2 * MiB, 200 * MiB};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    errno = 99;
    char *block = malloc(sizes[i]);
    CHECK(block != NULL);
    block = realloc(block, sizes[i] * 2 + 1);
    CHECK(block != NULL);
    free(block);
    block = calloc(1, sizes[i]);
    CHECK(block != NULL);
    free(block);
    CHECK(errno == 99);
  }
}
