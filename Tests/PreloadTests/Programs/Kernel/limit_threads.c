// expect: exit 0
// options: limit=44M,kswapd=off

// Threads that together stay below the limit never get NULL, though each of them gives back what the others freed.

#include "check.h"

enum { THREADS = 4, BLOCKS = 100, STEPS = 20000, MOST = 10 * MiB };

static void *work(void *number) {
  Random random = {(uintptr_t)number};
  char *blocks[BLOCKS] = {NULL};
  size_t sizes[BLOCKS], used = 0;
  for (int step = 0; step < STEPS; step++) {
    size_t at = random_below(&random, BLOCKS);
    if (blocks[at] != NULL) {
      free(blocks[at]);
      blocks[at] = NULL;
      used -= sizes[at];
    }
    size_t size = 33000 + random_below(&random, 300000);
    if (used + size > MOST) continue;
    blocks[at] = malloc(size);
    CHECK(blocks[at] != NULL);
    for (size_t i = 0; i < size; i += 4096) blocks[at][i] = 1;
    sizes[at] = size;
    used += size;
  }
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  return NULL;
}

int main(void) {
  uses_quarry();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) threads[i] = start(work, (void *)i);
  for (int i = 0; i < THREADS; i++) join(threads[i]);
}
