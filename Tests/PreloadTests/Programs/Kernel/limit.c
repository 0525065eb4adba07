// expect: exit 0
// stderr: quarry: page allocation failure: order:10, mode:0xcc0(GFP_KERNEL)
// stderr: quarry: Normal open:*kB free:*kB resident:*kB charged:*kB limit:16384kB min:512kB low:640kB high:768kB
// stderr: quarry: Normal: * = *kB
// options: limit=16M
// links: quarry

// The option `limit` bounds both interfaces. A request that fails says so once in ten seconds, unless it must not.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  char *blocks[64];
  int count = 0;
  while ((blocks[count] = kmalloc(MiB, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
    memset(blocks[count], 1, MiB);
    count++;
    CHECK(count < 16);
  }
  CHECK(count >= 12);
  // The same bound holds for malloc, and for blocks with mappings of their own.
  CHECK(malloc(MiB) == NULL && errno == ENOMEM);
  CHECK(malloc(40 * MiB) == NULL && errno == ENOMEM);
  CHECK(kvmalloc(40 * MiB, GFP_KERNEL | __GFP_NOWARN) == NULL);
  CHECK(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER) == NULL);
  CHECK(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER) == NULL);
  int pages = 0;
  while (get_zeroed_page(GFP_KERNEL | __GFP_NOWARN) != 0) CHECK(++pages < 1024);
  CHECK(__get_free_pages(GFP_KERNEL | __GFP_NOWARN, 0) == 0 && kzalloc(MiB, GFP_KERNEL | __GFP_NOWARN) == NULL);
  kfree(blocks[0]);
  // What was freed is there again, for every size.
  char *again = malloc(MiB / 2);
  CHECK(again != NULL);
  free(again);
  for (int i = 1; i < count; i++) kfree(blocks[i]);
  CHECK((again = kmalloc(4 * MiB, GFP_KERNEL)) != NULL);
  kfree(again);
}
