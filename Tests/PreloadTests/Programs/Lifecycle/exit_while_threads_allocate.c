// expect: exit 0
// standard: yes

// The main thread returns while others allocate and free: they go on until the very end of the process, through
// exit handlers and destructors.

#include <sys/wait.h>
#include "check.h"

enum { ROUNDS = 200 };

static void *hammer(void *argument) {
  Random random = {(uintptr_t)argument};
  void *blocks[64] = {0};
  for (;;) {
    void **slot = &blocks[random_below(&random, 64)];
    free(*slot);
    *slot = malloc(random_size(&random, random_below(&random, 50) ? 12 : 20));
    CHECK(*slot != NULL);
  }
  return NULL;
}

static void handler(void) {
  for (size_t i = 0; i < 1000; i++) free(malloc(i));
}

int main(void) {
  uses_quarry();
  for (int round = 0; round < ROUNDS; round++) {
    pid_t process = fork();
    CHECK(process >= 0);
    if (process == 0) {
      alarm(30);
      CHECK(atexit(handler) == 0);
      for (uintptr_t i = 0; i < 4; i++) start(hammer, (void *)(i + 1));
      return 0;
    }
    int status;
    CHECK(waitpid(process, &status, 0) == process && status == 0);
  }
}
