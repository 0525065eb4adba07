// expect: exit 0

// When the last of the program's own threads ends, the process does.

#include "GivingBack/giving_back.h"

static void *end(void *argument) {
  free(malloc(100));
  pthread_barrier_wait(&begun);
  peak(64 * MiB);
  UNTIL(threads().kswapd == 1);  // it may not have run yet
  return argument;
}

int main(void) {
  uses_quarry();
  free(malloc(100));
  CHECK(pthread_barrier_init(&begun, NULL, 2) == 0);
  start(end, NULL);
  pthread_barrier_wait(&begun);
  pthread_exit(NULL);
}
