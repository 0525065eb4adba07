// expect: exit 0
// options: limit=16M
// links: quarry

// GFP_NOWAIT leaves the reserve to GFP_ATOMIC: when it gets NULL, GFP_ATOMIC still gets a while of blocks. What either
// gets is aligned as ever, and zeroed where asked.

#include <quarry/kernel.h>

#include "check.h"

enum { MANY = 20000 };

static void *blocks[MANY];

static int until_null(size_t size, gfp_t flags, int count) {
  int first = count;
  while (count < MANY && (blocks[count] = kmalloc(size, flags | __GFP_NOWARN)) != NULL) {
    CHECK(is_aligned(blocks[count], size));
    memset(blocks[count++], 0x5a, size);
  }
  CHECK(count < MANY);
  return count - first;
}

int main(void) {
  for (size_t size = 1024; size <= 32 * KiB; size *= 2) {
    int count = until_null(size, GFP_NOWAIT, 0);
    int more = until_null(size, GFP_ATOMIC, count);
    CHECK(count > 0 && more > 0);
    CHECK(kmalloc(size, GFP_NOWAIT) == NULL);
    kfree(blocks[count + more - 1]);
    void *zeroed = kzalloc(size, GFP_ATOMIC);
    CHECK(zeroed == blocks[count + more - 1] && all_bytes(zeroed, size, 0));
    for (int i = 0; i < count + more; i++) kfree(blocks[i]);
  }
}
