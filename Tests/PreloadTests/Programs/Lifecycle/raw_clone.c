// expect: exit 0
// standard: yes
// args: alone
// args: beside-waiting-threads

// A fork by the bare system call, which runs no handlers, is sound as long as no other thread allocates meanwhile.

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

static pthread_barrier_t begun, ended;

static void *wait_there(void *argument) {
  free(malloc(100));
  pthread_barrier_wait(&begun);
  pthread_barrier_wait(&ended);
  return argument;
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  unsigned others = strcmp(arguments[1], "alone") == 0 ? 0 : 3;
  CHECK(pthread_barrier_init(&begun, NULL, others + 1) == 0 && pthread_barrier_init(&ended, NULL, others + 1) == 0);
  pthread_t threads[3];
  for (unsigned i = 0; i < others; i++) threads[i] = start(wait_there, NULL);
  pthread_barrier_wait(&begun);
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
  }  pthread_barrier_wait(&ended);
  for (unsigned i = 0; i < others; i++) join(threads[i]);
}
