// expect: exit 0
// options: limit=64M,kswapd=off

// The limit holds for a block that moves out by its page tables as it grows, in one step or in many; what was refused stays
// as it was.

#include "check.h"

int main(void) {
  uses_quarry();
  char *block = malloc(2 * MiB);
  CHECK(block != NULL);
  memset(block, 7, 2 * MiB);
  CHECK(malloc(1024 * MiB) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(realloc(block, 1024 * MiB) == NULL && errno == ENOMEM);
  CHECK(all_bytes(block, 2 * MiB, 7));

  size_t size = 2 * MiB;
  for (char *grown; (grown = realloc(block, size + MiB)) != NULL; size += MiB) {
    block = grown;
    memset(block + size, 7, MiB);
    CHECK(size < 64 * MiB);
  }
  CHECK(size > 40 * MiB);
  CHECK(all_bytes(block, size, 7));
  free(block);
}
