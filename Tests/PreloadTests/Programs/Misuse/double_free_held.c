// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *double free*cache malloc-48
// args: then-owner
// args: then-another

// A thread frees another's object, and lives on without doing anything more: the object waits where that thread
// gathers what it sends. Then the owner, or a third thread, frees the object again.

#include "check.h"

static pthread_barrier_t freed, over;
static void *block;

static void *release_and_wait(void *argument) {
  free(malloc(10));  // it has a heap of its own
  free(hide(block));
  pthread_barrier_wait(&freed);
  pthread_barrier_wait(&over);
  return argument;
}

static void *release_again(void *argument) {
  free(malloc(10));
  free(hide(block));
  return argument;
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  CHECK(pthread_barrier_init(&freed, NULL, 2) == 0 && pthread_barrier_init(&over, NULL, 2) == 0);
  block = name_pointer(malloc(48));
  CHECK(malloc(48) != NULL);
  pthread_t first = start(release_and_wait, NULL);
  pthread_barrier_wait(&freed);
  if (strcmp(arguments[1], "then-owner") == 0) release_again(NULL);
  else join(start(release_again, NULL));
  pthread_barrier_wait(&over);
  join(first);
}
