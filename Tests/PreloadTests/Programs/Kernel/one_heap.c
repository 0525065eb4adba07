// expect: exit 0
// links: quarry

// One heap serves both interfaces: each frees and resizes what the other gave.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  static const gfp_t flags[] = {GFP_KERNEL, GFP_ATOMIC, GFP_KERNEL_ACCOUNT, GFP_KERNEL | GFP_DMA32, GFP_USER};
  static const size_t sizes[] = {1, 24, 1000, 8192, 40000, 3 * MiB};
  for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
    size_t size = sizes[index];
    for (size_t kind = 0; kind < sizeof flags / sizeof flags[0]; kind++) {
      char *block = kmalloc(size, flags[kind]);
      CHECK(block != NULL && malloc_usable_size(block) == ksize(block));
      block[size - 1] = 'k';
      block = realloc(block, 2 * size);
      CHECK(block != NULL && block[size - 1] == 'k');
      free(block);
      free(kmalloc(size, flags[kind]));
    }

    char *block = malloc(size);
    block[size - 1] = 'm';
    block = kvrealloc(block, 2 * size, GFP_KERNEL);
    CHECK(block != NULL && block[size - 1] == 'm');
    kfree(block);
    kfree_sensitive(calloc(1, size));
  }
  kfree(strdup("of the C library"));
}
