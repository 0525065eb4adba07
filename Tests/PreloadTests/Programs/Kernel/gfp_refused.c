// expect: exit 0
// stderr: quarry: gfp flags 0x5(GFP_DMA|GFP_DMA32): DMA and DMA32 exclude each other
// stderr: quarry: gfp flags 0xcc7(*): DMA and DMA32 exclude each other
// stderr: quarry: gfp flags 0xcc3(GFP_KERNEL|GFP_DMA|__GFP_HIGHMEM): HIGHMEM is not below 4 GiB*
// stderr: quarry: gfp flags 0xcd8(*): MOVABLE and RECLAIMABLE exclude each other
// stderr: quarry: gfp flags 0x8820(GFP_ATOMIC|__GFP_NOFAIL): NOFAIL may have to wait: add DIRECT_RECLAIM
// stderr: quarry: gfp flags 0x18cc0(*): NOFAIL and what may fail exclude each other
// stderr: quarry: gfp flags 0xccc0(*): NOFAIL and what may fail exclude each other
// stderr: quarry: gfp flags 0x14cc0(*): NORETRY and RETRY_MAYFAIL exclude each other
// stderr: quarry: gfp flags 0x80000cc0(GFP_KERNEL|0x80000000): some of these bits mean nothing
// links: quarry

// Combinations of flags that contradict themselves: one line, and NULL.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  CHECK(kmalloc(8, GFP_DMA | GFP_DMA32) == NULL);
  CHECK(alloc_pages(GFP_KERNEL | __GFP_HIGHMEM | GFP_DMA | GFP_DMA32, 0) == NULL);
  CHECK(kmalloc(8, GFP_KERNEL | GFP_DMA | __GFP_HIGHMEM) == NULL);
  CHECK(__get_free_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE, 0) == 0);
  CHECK(kmalloc(8, GFP_ATOMIC | __GFP_NOFAIL) == NULL);
  CHECK(kmalloc(8, GFP_KERNEL | __GFP_NOFAIL | __GFP_NORETRY) == NULL);
  CHECK(kmalloc(8, GFP_KERNEL | __GFP_NOFAIL | __GFP_RETRY_MAYFAIL) == NULL);
  CHECK(kmalloc(8, GFP_KERNEL | __GFP_NORETRY | __GFP_RETRY_MAYFAIL) == NULL);
  CHECK(kmalloc(8, GFP_KERNEL | 0x80000000) == NULL);
}
