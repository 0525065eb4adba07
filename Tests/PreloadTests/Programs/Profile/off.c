// expect: exit 0
// options: sample=off
// flags: -Wno-unknown-pragmas

// Without sampling nothing is kept, however much is allocated.

#include "profile.h"

int main(void) {
  uses_quarry();
  for (int i = 0; i < 100000; i++) free(malloc(1000));
  for (int i = 0; i < 100; i++) {
    void *block = malloc(40 * MiB);
    CHECK(sample_of(block) == NULL);
    free(block);
  }
  CHECK(records()->registry.sample_interval == 0 && stacks() == NULL);
  return 0;
}
