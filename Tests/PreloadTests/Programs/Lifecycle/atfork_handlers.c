// expect: exit 0
// helper: early_atfork.c
// env: LD_PRELOAD={library}:{helper}

// Handlers of pthread_atfork allocate and free, whether they were registered before ours or after, while other
// threads allocate.

#include <stdatomic.h>
#include <sys/wait.h>
#include "check.h"

static atomic_bool stop;
static int ran;

static void *hammer(void *argument) {
  Random random = {(uintptr_t)argument};
  while (!stop) free(malloc(random_size(&random, 17)));
  return NULL;
}

static void handler(void) {
  for (size_t size = 1; size < MiB; size = size * 2 + 1) {
    char *block = malloc(size);
    CHECK(block != NULL);
    fill(block, size, size);
    block = realloc(block, size * 2);
    CHECK(block != NULL && holds(block, size, size));
    free(block);
  }
  ran++;
}

int main(void) {
  uses_quarry();
  int *early_ran = dlsym(RTLD_DEFAULT, "early_ran");
  CHECK(early_ran != NULL);
  CHECK(pthread_atfork(handler, handler, handler) == 0);
  pthread_t threads[3];
  for (uintptr_t i = 0; i < 3; i++) threads[i] = start(hammer, (void *)(i + 1));
  for (int round = 1; round <= 200; round++) {
    alarm(30);
    pid_t process = fork();
    CHECK(process >= 0);
    CHECK(ran == 2 * round && *early_ran == 2 * round);
    if (process == 0) {
      handler();
      _exit(0);
    }
    int status;
    CHECK(waitpid(process, &status, 0) == process && status == 0);
  }
  stop = true;
  for (int i = 0; i < 3; i++) join(threads[i]);
}
