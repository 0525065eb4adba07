// expect: exit 0
// links: quarry

// GFP_DMA32 lies below 4 GiB, GFP_DMA below 16 MiB, whatever the size; and what is freed there is there again, and goes
// back to the system with malloc_trim.

#include <quarry/kernel.h>

#include "check.h"

static void lies_below(gfp_t zone, uintptr_t bound) {
  char *small = kmalloc(100, GFP_KERNEL | zone);
  CHECK(small != NULL && (uintptr_t)small + 100 <= bound);
  char *zeroed = kzalloc(10000, GFP_KERNEL | zone);
  CHECK(zeroed != NULL && (uintptr_t)zeroed + 10000 <= bound && all_bytes(zeroed, 10000, 0));
  CHECK(ksize(zeroed) >= 10000);
  for (unsigned order = 0; order <= 6; order++) {
    struct page *page = alloc_pages(GFP_KERNEL | zone, order);
    CHECK(page != NULL);
    char *block = page_address(page);
    CHECK((uintptr_t)block + (PAGE_SIZE << order) <= bound && is_aligned(block, PAGE_SIZE << order));
    CHECK(virt_to_page(block + 1) == page);
    fill(block, PAGE_SIZE << order, order);
    CHECK(holds(block, PAGE_SIZE << order, order));
    __free_pages(page, order);
    CHECK(page_address(alloc_pages(GFP_KERNEL | zone, order)) == block);
    free_pages((unsigned long)block, order);
  }
  fill(small, 100, 1);
  small = krealloc(small, 20000, GFP_KERNEL | zone);
  CHECK(small != NULL && (uintptr_t)small + 20000 <= bound && holds_part(small, 96, 100, 1));
  kfree(small);
  kfree(zeroed);
  // A handler takes what is at hand there.
  char *atomic = kmalloc(4096, GFP_ATOMIC | zone);
  CHECK(atomic != NULL && (uintptr_t)atomic < bound);
  kfree(atomic);
}

static void goes_back(gfp_t zone) {
  char *block = kmalloc(4 * MiB, GFP_KERNEL | zone);
  CHECK(block != NULL);
  fill(block, 4 * MiB, 1);
  size_t before = resident();
  kfree(block);
  CHECK(malloc_trim(0) == 1 && resident() <= before - 4 * MiB);
}

int main(void) {
  lies_below(GFP_DMA32, 4ul * GiB);
  lies_below(GFP_DMA, 16 * MiB);
  goes_back(GFP_DMA32);
  goes_back(GFP_DMA);
  char *block = kmalloc(100, GFP_KERNEL);
  CHECK((uintptr_t)block > 4ul * GiB);
}
