// expect: exit 0
// links: quarry

// One heap serves both interfaces: each frees and resizes what the other gave.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  static const size_t sizes[] = {1, 24, 1000, 8192, 40000, 3 * MiB};
  for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
    size_t size = sizes[index];
    char *block = kmalloc(size, GFP_KERNEL);
    CHECK(malloc_usable_size(block) == ksize(block));
    block[size - 1] = 'k';
    block = realloc(block, 2 * size);
    CHECK(block != NULL && block[size - 1] == 'k');
    free(block);

    block = malloc(size);
    block[size - 1] = 'm';
    block = kvrealloc(block, 2 * size, GFP_KERNEL);
    CHECK(block != NULL && block[size - 1] == 'm');
    kfree(block);
    kfree_sensitive(calloc(1, size));
  }
  kfree(strdup("of the C library"));
}
