// Writes malloc_info of a heap with something in every corner.

#include "check.h"

static void *body(void *argument) {
  for (size_t size = 1; size < 200 * MiB; size = size * 2 + 3) CHECK(malloc(size) != NULL);
  return argument;
}

int main(void) {
  uses_quarry();
  body(NULL);
  join(start(body, NULL));
  CHECK(malloc_info(0, stdout) == 0);
}
