// expect: exit 0
// standard: yes

// Blocks of every size are aligned, writable throughout and apart from each other.

#include "check.h"

enum { LARGEST = 40000, COUNT = LARGEST + 8 };

static unsigned char *blocks[COUNT];
static size_t sizes[COUNT];

int main(void) {
  uses_quarry();
  size_t count = 0;
  for (size_t size = 0; size <= 2100; size++) sizes[count++] = size;
  for (size_t size = 2101; size <= LARGEST; size += 61) sizes[count++] = size;
  for (size_t size = 64 * KiB; size <= 128 * MiB; size *= 2) {
    sizes[count++] = size - 1;
    sizes[count++] = size;
    sizes[count++] = size + 1;
  }
  for (size_t i = 0; i < count; i++) {
    blocks[i] = (unsigned char *)malloc(sizes[i]);
    CHECK(blocks[i] != NULL);
    CHECK(is_aligned(blocks[i], sizes[i] <= 8 ? 8 : 16));
    CHECK(malloc_usable_size(blocks[i]) >= sizes[i]);
    fill(blocks[i], sizes[i], i);
  }
  for (size_t i = 0; i < count; i++) {
    CHECK(holds(blocks[i], sizes[i], i));
    free(blocks[i]);
  }
}
