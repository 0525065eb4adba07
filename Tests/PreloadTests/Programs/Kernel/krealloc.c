// expect: exit 0
// links: quarry

// krealloc keeps the contents, and on failure the old block; with __GFP_ZERO new bytes are zero.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  // NULL allocates.
  unsigned char *block = krealloc(NULL, 20, GFP_KERNEL);
  CHECK(block != NULL);
  size_t size = 20;
  for (size_t index = 0; index < size; index++) block[index] = (unsigned char)(index * 7);
  for (size_t next = 21; next < 3 * MiB; next += next / 3) {
    block = krealloc(block, next, GFP_KERNEL);
    CHECK(block != NULL && ksize(block) >= next);
    for (size_t index = 0; index < size; index++) CHECK(block[index] == (unsigned char)(index * 7));
    for (size_t index = size; index < next; index++) block[index] = (unsigned char)(index * 7);
    size = next;
  }
  CHECK(krealloc(block, hide_size(KMALLOC_MAX_SIZE + 1), GFP_KERNEL | __GFP_NOWARN) == NULL);
  for (size_t index = 0; index < size; index++) CHECK(block[index] == (unsigned char)(index * 7));
  block = krealloc(block, 5, GFP_KERNEL);
  CHECK(block != NULL && block[4] == 28);

  // kvrealloc has no such limit.
  block = kvrealloc(block, 5 * MiB, GFP_KERNEL);
  CHECK(block != NULL && block[4] == 28);
  kvfree(block);

  block = kzalloc(40, GFP_KERNEL);
  CHECK(block != NULL);
  memset(block, 0xff, 40);
  block = krealloc(block, 30, GFP_KERNEL | __GFP_ZERO);
  block = krealloc(block, 4000, GFP_KERNEL | __GFP_ZERO);
  CHECK(block != NULL);
  for (size_t index = 0; index < 4000; index++) CHECK(block[index] == (index < 30 ? 0xff : 0));
  kfree(block);
}
