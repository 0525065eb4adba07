// expect: exit 0

// In a process with several threads that calls nothing more, a thread of the library's own gives back what stays free, and
// then ends. Signals are none of its business.

#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  be_several();
  for (int round = 0; round < 2; round++) {
    size_t before = resident();
    peak(64 * MiB);
    Threads now;
    UNTIL((now = threads(), now.count == 3 && now.kswapd == 1));  // it may not have run yet
    CHECK((now.kswapd_blocks | 1u << 8 | 1u << 18) == UINT64_MAX);  // all but SIGKILL and SIGSTOP
    UNTIL(resident() < before + 2 * MiB);
    UNTIL(threads().kswapd == 0);
    CHECK(threads().count == 2);
  }
}
