// expect: exit 0
// standard: yes

// Threads that are alive at the same time free each other's blocks while they end: a round of sixteen passes its
// blocks on to the next one, and ends in any order.

#include "check.h"

enum { THREADS = 16, BLOCKS = 200, ROUNDS = 100 };

static void *blocks[2][THREADS][BLOCKS];
static int now;

static void *body(void *argument) {
  size_t me = (size_t)(uintptr_t)argument, from = (me * 7 + 3) % THREADS;
  for (size_t i = 0; i < BLOCKS; i++) {
    free(blocks[!now][from][i]);
    blocks[now][me][i] = malloc(i * 13);
    CHECK(blocks[now][me][i] != NULL);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  for (int round = 0; round < ROUNDS; round++) {
    pthread_t threads[THREADS];
    now = round % 2;
    for (uintptr_t i = 0; i < THREADS; i++) threads[i] = start(body, (void *)i);
    for (int i = 0; i < THREADS; i++) join(threads[i]);
  }
  for (int i = 0; i < THREADS; i++)
    for (int k = 0; k < BLOCKS; k++) free(blocks[now][i][k]);
  CHECK(figure("status", "VmHWM:") < 32 * MiB);
}
