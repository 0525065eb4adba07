// expect: exit 0
// options: limit=16M

// A block that has to move in order to grow gets some room for more, but not at the price of failing.

#include "check.h"

enum { OLD = 800 * KiB, NEW = 880 * KiB, SIZE = 40 * KiB, FREED = 23 };

int main(void) {
  uses_quarry();
  char *block = malloc(OLD);
  CHECK(block != NULL);
  fill(block, OLD, 1);
  CHECK(malloc(SIZE) != NULL);
  static char *others[1000];
  int count = 0;
  while ((others[count] = malloc(SIZE)) != NULL) fill(others[count++], SIZE, 2);
  // For an eighth more there is no memory.
  for (int i = 0; i < FREED; i++) free(others[--count]);
  CHECK((block = realloc(block, NEW)) != NULL);
  CHECK(holds(block, OLD, 1));
}
