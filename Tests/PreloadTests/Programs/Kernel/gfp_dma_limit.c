// expect: exit 0
// options: limit=8M
// links: quarry

// What is taken at low addresses counts against the same limit.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  void *blocks[16];
  int count = 0;
  while (count < 16 && (blocks[count] = kmalloc(MiB, GFP_KERNEL | GFP_DMA32 | __GFP_NOWARN)) != NULL) count++;
  CHECK(count >= 3 && count < 8);
  CHECK(kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN) == NULL && malloc(MiB) == NULL);
  kfree(blocks[--count]);
  void *block = kmalloc(MiB, GFP_KERNEL);
  CHECK(block != NULL);
  kfree(block);
  while (count > 0) kfree(blocks[--count]);
  CHECK((block = kmalloc(4 * MiB, GFP_KERNEL)) != NULL);
}
