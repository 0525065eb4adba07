// expect: exit 0
// standard: yes

// Blocks that one thread allocates and another frees come back to use: two gigabytes pass through, and no more
// than what is under way stays.

#include <stdatomic.h>
#include "check.h"

enum { PAIRS = 2, SLOTS = 1000, COUNT = 2000000 };

typedef struct { _Atomic(char *) slots[SLOTS]; } Pipe;

static void *produce(void *argument) {
  Pipe *pipe = argument;
  for (size_t i = 0; i < COUNT; i++) {
    size_t size = 100 + i % 800;
    char *block = malloc(size);
    CHECK(block != NULL);
    block[0] = block[size - 1] = (char)i;
    while (atomic_load(&pipe->slots[i % SLOTS]) != NULL) sched_yield();
    atomic_store(&pipe->slots[i % SLOTS], block);
  }
  return NULL;
}

static void *consume(void *argument) {
  Pipe *pipe = argument;
  for (size_t i = 0; i < COUNT; i++) {
    char *block;
    while ((block = atomic_exchange(&pipe->slots[i % SLOTS], NULL)) == NULL) sched_yield();
    CHECK(block[0] == (char)i && block[100 + i % 800 - 1] == (char)i);
    free(block);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  static Pipe pipes[PAIRS];
  pthread_t threads[2 * PAIRS];
  for (int i = 0; i < PAIRS; i++) {
    threads[2 * i] = start(produce, &pipes[i]);
    threads[2 * i + 1] = start(consume, &pipes[i]);
  }
  for (int i = 0; i < 2 * PAIRS; i++) join(threads[i]);
  CHECK(figure("status", "VmHWM:") < 32 * MiB);
}
