// Preloaded before our library, it is initialised after it; it has a destructor of the lowest priority, and frees
// there what it allocated at the start.

#include "check.h"

static char *block;

__attribute__((constructor)) static void early(void) {
  block = malloc(200000);
  CHECK(block != NULL);
  fill(block, 200000, 3);
}

__attribute__((destructor(101))) static void late(void) {
  CHECK(holds(block, 200000, 3));
  free(block);
  for (int i = 0; i < 100000; i++) {
    block = malloc((size_t)i % 3000);
    CHECK(block != NULL);
    free(block);
  }
  CHECK(write(1, "destructor of a library\n", 24) == 24);
}
