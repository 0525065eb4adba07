// expect: exit 0
// stderr: quarry: page allocation failure: order:10, mode:0xcc1(GFP_KERNEL|GFP_DMA)
// stderr: quarry: DMA open:*kB free:*kB resident:0kB
// stderr: quarry: DMA:* = *kB
// links: quarry

// Sixteen megabytes are soon full: NULL, and a report; other zones have plenty.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  int count = 0;
  while (alloc_pages(GFP_KERNEL | GFP_DMA, MAX_PAGE_ORDER) != NULL) CHECK(++count < 4);
  CHECK(kmalloc(4 * MiB, GFP_ATOMIC | GFP_DMA | __GFP_NOWARN) == NULL);
  CHECK(alloc_pages(GFP_KERNEL | GFP_DMA32, MAX_PAGE_ORDER) != NULL);
  CHECK(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER) != NULL);
}
