// expect: exit 0
// standard: yes

// realloc(NULL, n) allocates; realloc(p, 0) frees p and returns NULL.

#include "check.h"

static void *resized(void *block, size_t size) { return realloc(hide(block), hide_size(size)); }

int main(void) {
  uses_quarry();
  char *block = resized(NULL, 100);
  CHECK(block != NULL);
  CHECK(malloc_usable_size(block) >= 100);
  CHECK(resized(block, 0) == NULL);

  // That it really frees shows in the memory: 8 GiB would be left otherwise.
  const size_t sizes[] = {24, 1000, 20000, 100 * KiB, 4 * MiB};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t times = (size_t)8 * GiB / 5 / sizes[i];
    if (times > 1000000) times = 1000000;
    for (size_t k = 0; k < times; k++) {
      volatile char *again = malloc(sizes[i]);
      CHECK(again != NULL);
      again[0] = 1;
      again[sizes[i] - 1] = 1;
      CHECK(resized((void *)again, 0) == NULL);
    }
    CHECK(resident() < 32 * MiB);
  }
}
