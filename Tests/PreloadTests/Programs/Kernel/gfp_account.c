// expect: exit 0
// links: quarry

// Pages with __GFP_ACCOUNT are counted for as long as they are in use, those without are not.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  CHECK(quarry_accounted_pages() == 0);
  unsigned long block = __get_free_pages(GFP_KERNEL_ACCOUNT, 3), other = __get_free_pages(GFP_KERNEL, 3);
  CHECK(quarry_accounted_pages() == 8);
  void *exact = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL_ACCOUNT);
  CHECK(quarry_accounted_pages() == 13);
  split_page(virt_to_page((void *)block), 3);
  for (int i = 0; i < 8; i++) free_pages(block + i * PAGE_SIZE, 0);
  CHECK(quarry_accounted_pages() == 5);
  free_pages_exact(exact, 5 * PAGE_SIZE);
  free_pages(other, 3);
  CHECK(quarry_accounted_pages() == 0);
  CHECK(__get_free_pages(GFP_ATOMIC | __GFP_ACCOUNT, 1) != 0 && quarry_accounted_pages() == 2);
}
