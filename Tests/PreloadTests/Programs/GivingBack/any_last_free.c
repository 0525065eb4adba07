// expect: exit 0

// Whatever a process did before, the memory that its last free leaves behind goes back: by kswapd where there are several
// threads, and else with requests that lists serve.

#include <sys/wait.h>
#include "GivingBack/giving_back.h"

enum { PROCESSES = 16, SIZE = 3 * MiB };

// Takes the buddy's lock this many times, and frees a buffer.
static void be_idle(int locks, bool is_several) {
  if (is_several) be_several();
  free(malloc(100));
  malloc_trim(0);
  size_t before = resident();
  for (int i = 0; i < locks; i++) CHECK(hide(malloc(40 * KiB + (size_t)i * 4 * KiB)) != NULL);
  free(memset(malloc(SIZE), 1, SIZE));
  UNTIL((is_several || (free(hide(malloc(100))), true)) && resident() < before + 2 * MiB);
  _exit(0);
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < 2 * PROCESSES; i++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) be_idle(i / 2, i % 2 == 0);
  }
  int status;
  while (wait(&status) > 0) CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
