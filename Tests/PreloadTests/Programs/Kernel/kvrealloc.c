// expect: exit 0
// stderr: quarry: page allocation failure: order:*, mode:0xcc0(GFP_KERNEL)
// stderr: quarry: Normal *
// stderr: quarry: Normal: *
// links: quarry
// limit: as=300

// kvmalloc and kvrealloc know no largest size but what there is: contents stay, up to mappings of their own and back; where
// there is no memory the old block stays.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  size_t size = 1000;
  char *block = kvmalloc(size, GFP_KERNEL);
  CHECK(block != NULL);
  fill(block, size, 1);
  for (size_t next = 3000; next < 64 * MiB; next *= 3) {
    block = kvrealloc(block, next, GFP_KERNEL);
    CHECK(block != NULL && ksize(block) >= next && holds(block, size, size / 1000));
    size = next;
    fill(block, size, size / 1000);
  }
  CHECK(kvrealloc(block, GiB, GFP_KERNEL) == NULL);
  CHECK(holds(block, size, size / 1000));
  block = kvrealloc(block, 10, GFP_KERNEL);
  CHECK(block != NULL && holds_part(block, 8, size, size / 1000));
  kvfree(block);

  block = kvzalloc(40 * MiB, GFP_KERNEL);
  CHECK(block != NULL && all_bytes(block, 40 * MiB, 0));
  kvfree(block);
  CHECK(kvrealloc(kvmalloc(10, GFP_KERNEL), hide_size(0), GFP_KERNEL) == ZERO_SIZE_PTR);
}
