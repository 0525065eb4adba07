// expect: exit 0
// standard: yes

// Ten thousand threads, one after the other, leave nothing behind: neither their lists, nor what they pinned, nor
// blocks that others free after their end.

#include "check.h"

enum { LEFT = 50 };

static void *left[LEFT];

static void *body(void *argument) {
  for (size_t i = 0; i < 300; i++) free(calloc(1, i * 20));
  for (size_t i = 0; i < LEFT; i++) {
    left[i] = malloc(i * 40);
    CHECK(left[i] != NULL);
    memset(left[i], 1, i * 40);
  }
  return argument;
}

static void threads(int count) {
  for (int i = 0; i < count; i++) {
    join(start(body, NULL));
    for (size_t k = 0; k < LEFT; k++) free(left[k]);
  }
}

int main(void) {
  uses_quarry();
  threads(1000);
  size_t before = resident();
  threads(9000);
  size_t after = resident();
  CHECK(after < before + MiB);
  CHECK(after < 16 * MiB);
}
