// expect: exit 0
// options: kswapd=on

// With the option, the thread comes to a process that is alone, too.

#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  size_t before = resident();
  CHECK(threads().count == 1);
  peak(64 * MiB);
  UNTIL(threads().kswapd == 1);
  UNTIL(resident() < before + 2 * MiB);
  UNTIL(threads().count == 1);
}
