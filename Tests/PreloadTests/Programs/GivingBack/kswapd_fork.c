// expect: exit 0

// The thread stays with the parent: the child of a fork is alone, and gets one when it has several threads of its own.

#include <sys/wait.h>
#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  be_several();
  peak(64 * MiB);
  UNTIL(threads().kswapd == 1);
  pid_t process = fork();
  CHECK(process >= 0);
  if (process == 0) {
    CHECK(threads().count == 1);
    peak(64 * MiB);
    CHECK(threads().count == 1);
    be_several();
    size_t before = resident();
    peak(128 * MiB);
    UNTIL(threads().kswapd == 1);
    UNTIL(resident() < before + 2 * MiB);
    _exit(0);
  }
  int status;
  CHECK(waitpid(process, &status, 0) == process && status == 0);
  UNTIL(threads().kswapd == 0);
}
