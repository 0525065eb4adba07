// expect: exit 0
// stderr: quarry: request for 4194305 bytes, mode:0xcc0(GFP_KERNEL): at most 4194304
// stderr: quarry: request for 4194305 bytes, mode:0xdc0(GFP_KERNEL|__GFP_ZERO): at most 4194304
// stderr: quarry: request for 4194305 bytes, mode:0x820(GFP_ATOMIC): at most 4194304
// stderr: quarry: request for 4194305 bytes, mode:0xcc0(GFP_KERNEL): at most 4194304
// stderr: quarry: request for 4194305 bytes, mode:0xcc0(GFP_KERNEL): at most 4194304
// stderr: quarry: request for 18446744073709551615 bytes, mode:0xcc0(GFP_KERNEL): at most 9223372036854771711
// stderr: quarry: request for 9223372036854775808 bytes, mode:0xcc0(GFP_KERNEL): at most 9223372036854771711
// links: quarry

// What no request of its kind can have: NULL and a line, which __GFP_NOWARN spares. An old block stays.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  size_t large = hide_size(KMALLOC_MAX_SIZE + 1);
  CHECK(kmalloc(large, GFP_KERNEL) == NULL);
  CHECK(kzalloc(large, GFP_KERNEL) == NULL);
  CHECK(kmalloc(large, GFP_ATOMIC) == NULL);
  char *block = kmalloc(100, GFP_KERNEL);
  fill(block, 96, 1);
  CHECK(krealloc(block, large, GFP_KERNEL) == NULL);
  CHECK(alloc_pages_exact(large, GFP_KERNEL) == NULL);
  CHECK(kvmalloc(hide_size(SIZE_MAX), GFP_KERNEL) == NULL);
  CHECK(kvrealloc(block, hide_size((size_t)PTRDIFF_MAX + 1), GFP_KERNEL) == NULL);
  CHECK(holds(block, 96, 1));
  kfree(block);
  // No number of pages holds so much, wherever these come from.
  static const gfp_t flags[] = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_KERNEL | __GFP_RECLAIMABLE, GFP_ATOMIC, GFP_DMA32};
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
    CHECK(kvmalloc(hide_size(PTRDIFF_MAX), flags[i] | __GFP_NOWARN) == NULL);
  }

  CHECK(kmalloc(large, GFP_KERNEL | __GFP_NOWARN) == NULL && kmemdup(&large, large, GFP_NOWAIT) == NULL);
  CHECK(kvzalloc(hide_size(SIZE_MAX), GFP_KERNEL | __GFP_NOWARN) == NULL);
}
