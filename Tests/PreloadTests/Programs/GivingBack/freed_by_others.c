// expect: exit 0

// A thread that waits, or has ended, was looked at when all of its blocks were in use. What others free of them later goes
// back, too.

#include "GivingBack/giving_back.h"

enum { SIZE = 512, COUNT = 64 * MiB / SIZE };

static char *blocks[COUNT];
static pthread_barrier_t ready;

static void *use(void *waits) {
  for (int i = 0; i < COUNT; i++) memset(blocks[i] = malloc(SIZE), 1, SIZE);
  pthread_barrier_wait(&ready);
  while (waits != NULL) pause();
  return NULL;
}

static void look(void) {
  peak(16 * MiB);
  UNTIL(threads().kswapd == 1);
  UNTIL(threads().kswapd == 0);
}

int main(void) {
  uses_quarry();
  CHECK(pthread_barrier_init(&ready, NULL, 2) == 0);
  be_several();
  for (int ends = 0; ends < 2; ends++) {
    look();
    size_t before = resident();
    pthread_t thread = start(use, ends ? NULL : blocks);
    pthread_barrier_wait(&ready);
    if (ends) pthread_join(thread, NULL);
    look();
    CHECK(resident() > before + 60 * MiB);
    // One block stays in each slab of two pages.
    for (int i = 0; i < COUNT; i++)
      if (i % 16 != 0) free(blocks[i]);
    peak(16 * MiB);
    UNTIL(resident() < before + 40 * MiB);
  }
}
