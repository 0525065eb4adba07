// expect: exit 0
// options: sample=1
// flags: -rdynamic -Wno-unknown-pragmas

// A child goes on with what its parent had: samples may be freed there, and new ones find their stacks, whatever other
// threads were at when it was born.

#include <sys/wait.h>
#include "profile.h"

static volatile bool done;

static void *allocates(void *argument) {
  (void)argument;
  while (!done) {
    void *blocks[20];
    for (int i = 0; i < 20; i++) blocks[i] = malloc(100 + (size_t)i);
    for (int i = 0; i < 20; i++) free(blocks[i]);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  warm_up();
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) threads[i] = start(allocates, NULL);
  for (int round = 0; round < 100; round++) {
    void *before = malloc(50);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      check_stack(hide(malloc(24)));
      CHECK(sample_of(before)->size == 50);
      free(before);
      for (int i = 0; i < 1000; i++) free(malloc((size_t)i));
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    free(before);
  }
  done = true;
  for (int i = 0; i < 3; i++) join(threads[i]);
  return 0;
}
