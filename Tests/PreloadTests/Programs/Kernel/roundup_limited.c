// expect: exit 0
// options: limit=11M
// links: quarry

// kmalloc_size_roundup says what ksize will, also of blocks that get a mapping of their own, since the zone may not grow
// by as much as it wants to below a limit.

#include "check.h"

#include <quarry/slab.h>

int main(void) {
  size_t blocks = 0;
  for (size_t size = 1 << 20 | 1; size < 4 << 20; size += 70001) {
    void *kept[64];
    size_t count = 0;
    while (count < 64 && (kept[count] = kmalloc(size, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
      CHECK(ksize(kept[count]) == kmalloc_size_roundup(size));
      count++;
    }
    CHECK(count > 0);
    blocks += count;
    while (count > 0) kfree(kept[--count]);
  }
  CHECK(blocks > 100);
}
