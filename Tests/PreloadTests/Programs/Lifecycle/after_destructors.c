// expect: exit 0
// helper: late.c
// env: LD_PRELOAD={helper}:{library}
// stdout: handler
// stdout: destructor of the program
// stdout: destructor of a library

// Allocation goes on in atexit handlers, in destructors, and in destructors of libraries that end after ours.

#include "check.h"

static char *block;

static void use(const char *when) {
  CHECK(holds(block, 5000, 7));
  free(block);
  block = malloc(5000);
  CHECK(block != NULL);
  fill(block, 5000, 7);
  for (size_t size = 1; size < 3 * MiB; size = size * 3 / 2 + 1) {
    char *other = calloc(1, size);
    CHECK(other != NULL && all_bytes(other, size, 0));
    other = realloc(other, size * 2);
    CHECK(other != NULL);
    free(other);
  }
  CHECK(write(1, when, strlen(when)) > 0);
}

static void handler(void) { use("handler\n"); }

__attribute__((destructor)) static void destructor(void) { use("destructor of the program\n"); }

int main(void) {
  uses_quarry();
  block = malloc(5000);
  CHECK(block != NULL);
  fill(block, 5000, 7);
  CHECK(atexit(handler) == 0);
}
