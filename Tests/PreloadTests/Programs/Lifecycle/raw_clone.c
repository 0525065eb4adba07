// expect: exit 0
// standard: yes

// A fork by the bare system call, which runs no handlers, is sound as long as the process has one thread.

#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include "check.h"

enum { COUNT = 1000 };

static char *blocks[COUNT];

static void use(size_t round) {
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(holds(blocks[i], i, i));
    if ((i + round) % 2) continue;
    free(blocks[i]);
    blocks[i] = malloc(i);
    CHECK(blocks[i] != NULL);
    fill(blocks[i], i, i);
  }
}

int main(void) {
  uses_quarry();
  for (size_t i = 0; i < COUNT; i++) {
    blocks[i] = malloc(i);
    CHECK(blocks[i] != NULL);
    fill(blocks[i], i, i);
  }
  for (size_t round = 0; round < 20; round++) {
    long process = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    CHECK(process >= 0);
    use(round);
    use(round + 1);
    if (process == 0) _exit(0);
    int status;
    CHECK(waitpid((pid_t)process, &status, 0) == process && status == 0);
  }
}
