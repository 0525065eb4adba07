// expect: exit 0
// standard: yes

// calloc returns zeroes, also from memory that was used and freed before, in the same size or another.

#include "check.h"

enum { CLASSES = 23, BYTES = 32 * MiB };

static const size_t sizes[CLASSES] = {
  1, 8, 16, 24, 40, 64, 100, 128, 250, 512, 1000, 1024, 2000, 4000, 4096, 5000,
  8192, 16000, 20000, 32768, 100 * KiB, MiB + 1, 9 * MiB,
};
static void *blocks[100000];

static int count_of(size_t size) {
  size_t count = BYTES / 4 / size;
  return (int)(count > 20000 ? 20000 : count == 0 ? 1 : count);
}

static void dirty(size_t size) {
  int count = count_of(size);
  for (int i = 0; i < count; i++) {
    blocks[i] = malloc(size);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 0xa5, malloc_usable_size(blocks[i]));
  }
  for (int i = 0; i < count; i++) free(blocks[i]);
}

static void zeroed(size_t size) {
  int count = count_of(size);
  for (int i = 0; i < count; i++) {
    blocks[i] = i % 2 ? calloc(size, 1) : calloc(1, size);
    CHECK(blocks[i] != NULL);
    CHECK(all_bytes(blocks[i], size, 0));
  }
  for (int i = 0; i < count; i++) free(blocks[i]);
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < CLASSES; i++) {
    dirty(sizes[i]);
    zeroed(sizes[i]);
  }
  for (int i = 0; i < CLASSES; i++) {
    dirty(sizes[CLASSES - 1 - i]);
    zeroed(sizes[i]);
  }
}
