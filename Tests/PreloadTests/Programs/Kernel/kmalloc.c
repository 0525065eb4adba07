// expect: exit 0
// links: quarry

// Blocks have the size that ksize and kmalloc_size_roundup say, and the alignment that the kernel promises, but no more.

#include <quarry/kernel.h>

#include "check.h"

static void has_size(size_t size) {
  char *block = kmalloc(size, GFP_KERNEL);
  CHECK(block != NULL);
  size_t usable = ksize(block);
  CHECK(usable >= size && usable == kmalloc_size_roundup(size));
  CHECK(is_aligned(block, size & -size));
  CHECK(is_aligned(block, size > 8 ? 16 : 8));
  memset(block, 0xa5, usable);
  kfree(block);
}

// Blocks of pages of their own have no less.
static void has_size_at_least(size_t size, gfp_t flags) {
  char *block = kmalloc(size, flags);
  CHECK(block != NULL && ksize(block) >= kmalloc_size_roundup(size));
  kfree(block);
}

// How many of a hundred blocks begin at a multiple of `alignment`.
static int aligned(size_t size, size_t alignment) {
  void *blocks[100];
  int count = 0;
  for (int index = 0; index < 100; index++) {
    CHECK((blocks[index] = kmalloc(size, GFP_KERNEL)) != NULL);
    count += is_aligned(blocks[index], alignment);
  }
  for (int index = 0; index < 100; index++) kfree(blocks[index]);
  return count;
}

int main(void) {
  CHECK(aligned(96, 32) == 100 && aligned(96, 64) < 100);
  CHECK(aligned(128, 128) == 100 && aligned(128, 256) < 100);
  for (size_t size = 1; size <= 70000; size += size < 3000 ? 1 : 97) has_size(size);
  for (size_t size = 1; size <= KMALLOC_MAX_SIZE; size *= 2) has_size(size);
  for (size_t size = 3 * 4096; size <= KMALLOC_MAX_SIZE; size *= 2) has_size(size);
  for (size_t size = 1; size <= KMALLOC_MAX_SIZE; size += size < 3000 ? 31 : 65521) {
    has_size_at_least(size, GFP_KERNEL_ACCOUNT);
    has_size_at_least(size, GFP_KERNEL | __GFP_RECLAIMABLE);
    has_size_at_least(size, GFP_KERNEL | GFP_DMA32);
  }
  CHECK(kmalloc(hide_size(KMALLOC_MAX_SIZE + 1), GFP_KERNEL | __GFP_NOWARN) == NULL);
  CHECK(kmalloc(hide_size(SIZE_MAX), GFP_KERNEL | __GFP_NOWARN) == NULL);
}
