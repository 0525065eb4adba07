// expect: exit 0

// A program with one thread that only takes blocks from its lists and puts them back, and never comes to a slow path for want
// of them, gives back what stays free all the same: by the bytes that it asks for it comes to look at the clock.

#include "GivingBack/giving_back.h"

static bool pairs(void) {
  for (int i = 0; i < 100000; i++) free(hide(malloc(100)));
  return true;
}

int main(void) {
  uses_quarry();
  pairs();
  size_t before = resident();
  peak(64 * MiB);
  CHECK(resident() > before + 8 * MiB);
  UNTIL(pairs() && resident() < before + 3 * MiB);
}
