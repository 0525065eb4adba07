// expect: exit 0
// standard: yes

// reallocarray resizes to the product (overflow: see calloc_overflow.c).

#include "check.h"

int main(void) {
  uses_quarry();
  char *block = reallocarray(NULL, 10, 24);
  CHECK(block != NULL);
  CHECK(malloc_usable_size(block) >= 240);
  fill(block, 240, 5);
  block = reallocarray(block, 1000, 24);
  CHECK(block != NULL);
  CHECK(malloc_usable_size(block) >= 24000);
  CHECK(holds_part(block, 240, 240, 5));
  CHECK(reallocarray(hide(block), hide_size(0), 24) == NULL);
}
