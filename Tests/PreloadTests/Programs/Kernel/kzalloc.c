// expect: exit 0
// links: quarry

// kzalloc, kcalloc, kvzalloc, kvcalloc and __GFP_ZERO give zeroes up to the last usable byte, in reused memory, too.

#include <quarry/kernel.h>

#include "check.h"

static void is_zero(unsigned char *block, size_t size) {
  CHECK(block != NULL);
  for (size_t index = 0; index < ksize(block); index++) CHECK(block[index] == 0);
  CHECK(ksize(block) >= size);
  memset(block, 0xff, ksize(block));
  kfree(block);
}

int main(void) {
  static const size_t sizes[] = {1, 8, 24, 100, 1000, 1024, 1025, 5000, 8192, 32768, 40000, 1 << 20};
  for (int round = 0; round < 3; round++) {
    for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
      size_t size = sizes[index];
      is_zero(kzalloc(size, GFP_KERNEL), size);
      is_zero(kmalloc(size, GFP_KERNEL | __GFP_ZERO), size);
      is_zero(kcalloc(3, size, GFP_KERNEL), 3 * size);
      is_zero(kvzalloc(size, GFP_KERNEL), size);
      is_zero(kvcalloc(3, size, GFP_KERNEL), 3 * size);
    }
  }
}
