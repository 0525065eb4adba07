// expect: exit 0

// A program that frees and allocates 32 MiB in turn keeps them after a few rounds: next to no page goes back any more. A look
// in between, when the machine is slow, finds a few that were not needed even when all was in use.

#include <sys/resource.h>
#include "GivingBack/giving_back.h"

enum { SIZE = 1000, COUNT = 32 * MiB / SIZE };

static char *blocks[COUNT];

static long wave(void) {
  struct rusage before, after;
  CHECK(getrusage(RUSAGE_SELF, &before) == 0);
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
  }
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  CHECK(getrusage(RUSAGE_SELF, &after) == 0);
  return after.ru_minflt - before.ru_minflt;
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < 5; i++) wave();
  for (int i = 0; i < 50; i++) CHECK(wave() < COUNT / 64);
}
