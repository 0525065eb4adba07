// expect: exit 0
// options: kswapd=off

// With the option, it comes to no process.

#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  be_several();
  peak(64 * MiB);
  CHECK(threads().count == 2);
}
