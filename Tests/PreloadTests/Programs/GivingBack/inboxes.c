// expect: exit 0

// What was freed for threads that wait pins no memory for long.

#include "GivingBack/giving_back.h"

enum { SIZE = 32 * KiB, COUNT = 4 };

static char *blocks[100][COUNT];
static pthread_barrier_t ready;

static void *use(void *argument) {
  char **mine = argument;
  for (int i = 0; i < COUNT; i++) memset(mine[i] = malloc(SIZE), 1, SIZE);
  pthread_barrier_wait(&ready);
  for (;;) pause();
  return argument;
}

int main(void) {
  uses_quarry();
  CHECK(pthread_barrier_init(&ready, NULL, 2) == 0);
  pthread_attr_t small;
  CHECK(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 64 * KiB) == 0);
  peak(4 * MiB);
  size_t before = resident();
  for (int i = 0; i < 100; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, &small, use, blocks[i]) == 0);
    pthread_barrier_wait(&ready);
  }
  CHECK(resident() > before + 7 * MiB);
  for (int i = 0; i < 100; i++)
    for (int k = 0; k < COUNT; k++) free(blocks[i][k]);
  peak(8 * MiB);
  // A thread itself takes some 32 KiB.
  UNTIL(resident() < before + 5 * MiB);
}
