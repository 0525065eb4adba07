// expect: exit 0
// options: limit=1M
// links: quarry

// The smallest limit: the atomic reserve does not fit, which quarry_init says; everything else works within it.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  CHECK(quarry_init() == -ENOMEM);
  for (int round = 0; round < 3; round++) {
    void *blocks[64];
    int count = 0;
    while (count < 64 && (blocks[count] = kmalloc(16 * KiB, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
      memset(blocks[count++], 1, 16 * KiB);
    }
    CHECK(count > 8 && count < 64);
    for (int i = 0; i < count; i++) kfree(blocks[i]);
  }
  CHECK(kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN) == NULL);
  void *block = kmalloc(MiB, GFP_KERNEL | __GFP_NOFAIL);
  CHECK(block != NULL);
}
