// expect: exit 0
// links: quarry

// Pages with __GFP_ACCOUNT are counted for as long as they are in use, those without are not; so are objects of the atomic
// reserve, by their bytes, and the objects of a cache as it was made, whatever the request says.

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

  void *objects[8];
  for (int i = 0; i < 8; i++) {
    CHECK((objects[i] = kmalloc(1000, GFP_ATOMIC | __GFP_ACCOUNT)) != NULL);
    CHECK(kmalloc(1000, GFP_ATOMIC) != NULL);
    CHECK(quarry_accounted_pages() == 2 + (unsigned long)(i + 4) / 4);
  }
  for (int i = 0; i < 8; i++) kfree(objects[i]);
  CHECK(quarry_accounted_pages() == 2);

  struct kmem_cache *accounted = kmem_cache_create("accounted", 1000, 0, SLAB_ACCOUNT, NULL);
  struct kmem_cache *plain = kmem_cache_create("plain", 1000, 0, SLAB_NO_MERGE, NULL);
  // Empty caches: the reserve serves them.
  void *object = kmem_cache_alloc(accounted, GFP_ATOMIC);
  CHECK(object != NULL && kmem_cache_alloc(plain, GFP_ATOMIC | __GFP_ACCOUNT) != NULL);
  CHECK(quarry_accounted_pages() == 3);
  kmem_cache_free(accounted, object);
  CHECK(quarry_accounted_pages() == 2);
}
