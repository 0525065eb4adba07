// expect: exit 0
// standard: yes
// deadline: 120

// fork may be called in a signal handler, whatever that interrupted: where no other thread runs, the interrupted code goes on
// in the parent, and in the child if the handler returns there.

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "check.h"

enum { COUNT = 64, FORKS = 1000 };

static char *blocks[COUNT];
static volatile sig_atomic_t forks, is_child;

static void arm(void) {
  struct itimerval time = {.it_value = {.tv_usec = 200}};
  setitimer(ITIMER_REAL, &time, NULL);
}

static void handler(int number) {
  (void)number;
  pid_t process = fork();
  CHECK(process >= 0);
  if (process == 0) {
    alarm(30);
    if (forks % 2 == 0) _exit(0);
    signal(SIGALRM, SIG_DFL);
    is_child = 1;
    return;
  }
  int status;
  CHECK(waitpid(process, &status, 0) == process && status == 0);
  forks++;
  arm();
}

// Runs of pages of all lengths, some of which are given back to the system, and some with a mapping of their own.
static void replace(Random *random) {
  size_t i = random_below(random, COUNT);
  if (blocks[i] != NULL) CHECK(holds(blocks[i], 64, i));
  size_t size = 64 + random_size(random, 21) + (random_below(random, 50) == 0 ? 33 * MiB : 0);
  char *block = i % 2 ? realloc(blocks[i], size) : malloc(size);
  CHECK(block != NULL);
  if (i % 2 == 0) free(blocks[i]);
  blocks[i] = block;
  for (size_t page = 0; page < size && page < MiB; page += 4096) block[page] = 1;
  fill(block, 64, i);
}

int main(void) {
  uses_quarry();
  CHECK(signal(SIGALRM, handler) != SIG_ERR);
  Random random = {7};
  arm();
  while (forks < FORKS) {
    replace(&random);
    if (random_below(&random, 200) == 0) malloc_trim(0);
    if (!is_child) continue;
    for (int i = 0; i < 20; i++) replace(&random);
    _exit(0);
  }
}
