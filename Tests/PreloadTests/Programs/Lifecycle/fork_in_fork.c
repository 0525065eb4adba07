// expect: exit 0
// standard: yes

// Children of children, each of which frees what its ancestors allocated, threads' blocks included.

#include <sys/wait.h>
#include "check.h"

enum { COUNT = 5000, DEPTH = 6 };

static char *blocks[2][COUNT];

static void *allocate(void *argument) {
  char **mine = argument;
  for (size_t i = 0; i < COUNT; i++) {
    size_t size = i % 200 ? i % 700 : 70000;
    mine[i] = malloc(size);
    CHECK(mine[i] != NULL);
    fill(mine[i], size, i);
  }
  return NULL;
}

static void release(char **mine) {
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(holds(mine[i], i % 200 ? i % 700 : 70000, i));
    free(mine[i]);
  }
}

int main(void) {
  uses_quarry();
  allocate(blocks[0]);
  join(start(allocate, blocks[1]));
  for (int depth = 0; depth < DEPTH; depth++) {
    pid_t process = fork();
    CHECK(process >= 0);
    if (process > 0) {
      int status;
      CHECK(waitpid(process, &status, 0) == process && status == 0);
      release(blocks[0]);
      release(blocks[1]);
      return 0;
    }
    alarm(30);
    release(blocks[depth % 2]);
    join(start(allocate, blocks[depth % 2]));
  }
}
