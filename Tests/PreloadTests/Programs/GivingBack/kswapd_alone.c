// expect: exit 0

// A process with one thread stays alone, since unshare and others would fail beside a second one.

#include <sched.h>
#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  peak(64 * MiB);
  CHECK(threads().count == 1);
  free(malloc(100));
  CHECK(threads().count == 1);
}
