// expect: exit 0
// standard: yes

// A thread ends before its blocks are freed: they live on, others free them, and the memory is used again.

#include "check.h"

enum { COUNT = 20000, ROUNDS = 60 };

static char *blocks[COUNT];

static size_t size_of(size_t i) { return i % 1000 ? i % 500 + 1 : 40000; }

static void *allocate(void *argument) {
  for (size_t i = 0; i < COUNT; i++) {
    blocks[i] = malloc(size_of(i));
    CHECK(blocks[i] != NULL);
    fill(blocks[i], size_of(i), i);
  }
  return argument;
}

static void *release(void *argument) {
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(holds(blocks[i], size_of(i), i));
    free(blocks[i]);
  }
  return argument;
}

int main(void) {
  uses_quarry();
  for (int round = 0; round < ROUNDS; round++) {
    join(start(allocate, NULL));
    if (round % 2) release(NULL);
    else join(start(release, NULL));
  }
  // One round is some 6 MiB.
  CHECK(figure("status", "VmHWM:") < 32 * MiB);
}
