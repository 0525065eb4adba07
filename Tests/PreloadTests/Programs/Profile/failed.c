// expect: exit 0
// options: sample=1,limit=8M
// flags: -Wno-unknown-pragmas

// What could not be served was not allocated: the sums of a stack are those of the blocks that were.

#include "profile.h"

enum { SIZE = 1000, MOST = 16 * MiB / SIZE };

static __attribute__((noinline)) void *ask(void) {
  void *block = malloc(SIZE);
  // So that the call is none at the very end.
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

int main(void) {
  uses_quarry();
  CHECK(records()->registry.sample_interval == 1);  // found while there is memory for it
  size_t served = 0, failed = 0;
  while (failed < 100) {
    if (ask() != NULL) {
      served++;
    } else {
      failed++;
    }
    CHECK(served < MOST);
  }
  CHECK(served > 100);
  struct quarry_stack_sums sums = sums_through(ask, 64);
  CHECK(sums.samples == served && sums.bytes == served * SIZE);
  return 0;
}
