// expect: exit 0
// standard: yes

// malloc(0) returns unique pointers, which can be resized and freed.

#include "check.h"

enum { COUNT = 2000 };

static void *blocks[COUNT];

static int by_address(const void *a, const void *b) {
  const char *first = *(char *const *)a, *second = *(char *const *)b;
  return first < second ? -1 : first > second;
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < COUNT; i++) {
    switch (i % 4) {
      case 0: blocks[i] = malloc(0); break;
      case 1: blocks[i] = calloc(0, 100); break;
      case 2: blocks[i] = calloc(100, 0); break;
      case 3: blocks[i] = realloc(NULL, 0); break;
    }
    CHECK(blocks[i] != NULL);
  }
  qsort(blocks, COUNT, sizeof *blocks, by_address);
  for (int i = 1; i < COUNT; i++) CHECK(blocks[i] != blocks[i - 1]);
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = realloc(blocks[i], 100);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, 100);
    free(blocks[i]);
  }
}
