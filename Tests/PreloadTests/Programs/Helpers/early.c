// Allocates as early and as late as a shared library can.

#include "check.h"

static char *block;

char *early_block(void) { return block; }

__attribute__((constructor)) static void early(void) {
  block = malloc(3000);
  CHECK(block != NULL);
  fill(block, 3000, 2);
  for (int i = 0; i < 1000; i++) free(malloc((size_t)i));
}
