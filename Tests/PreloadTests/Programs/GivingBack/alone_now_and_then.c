// expect: exit 0
// options: sample=20K

// A process with one thread that freed much gives it back though all that it asks for later is at hand in a list, and a
// sample is taken now and then.

#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  free(malloc(100));
  size_t before = resident();
  peak(64 * MiB);
  UNTIL((free(malloc(100)), resident() < before + 2 * MiB));
  CHECK(threads().count == 1);
}
