// expect: exit 0
// standard: yes

// A thousand threads at once, each with a few small blocks, cost memory near that of one thread with all of them.

#include "check.h"

enum { THREADS = 1000, BLOCKS = 20 };

static pthread_barrier_t all_have, may_end;

static void *body(void *argument) {
  void *blocks[BLOCKS];
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = malloc(16 + i % 4 * 16);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, 16);
  }
  pthread_barrier_wait(&all_have);
  pthread_barrier_wait(&may_end);
  for (size_t i = 0; i < BLOCKS; i++) free(blocks[i]);
  return argument;
}

int main(void) {
  uses_quarry();
  static pthread_t threads[THREADS];
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, 64 * KiB) == 0);
  CHECK(pthread_barrier_init(&all_have, NULL, THREADS + 1) == 0);
  CHECK(pthread_barrier_init(&may_end, NULL, THREADS + 1) == 0);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], &attributes, body, NULL) == 0);
  pthread_barrier_wait(&all_have);
  // Stacks and the C library's own part take some 9 KiB a thread.
  CHECK(resident() < 16 * MiB + THREADS * 32 * KiB);
  pthread_barrier_wait(&may_end);
  for (int i = 0; i < THREADS; i++) join(threads[i]);
}
