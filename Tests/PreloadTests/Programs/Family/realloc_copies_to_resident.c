// expect: exit 0

// A large block that grows is copied where much is free and resident anyway, and moves by its page tables where it is not.
#include "check.h"

enum { least = MiB, more = MiB / 2, room = 16 * MiB };

// Grows a block behind which another one lies.
static void grow(int mappings) {
  unsigned char *block = malloc(least), *behind = malloc(least);
  CHECK(block != NULL && behind == block + least);
  for (size_t at = 0; at < least; at += 512) block[at] = (unsigned char)(at >> 12);
  block = realloc(block, least + more);
  CHECK(block != NULL);
  for (size_t at = 0; at < least; at += 512) CHECK(block[at] == (unsigned char)(at >> 12));
  CHECK(mallinfo2().hblks == (size_t)mappings);
  free(block);
  free(behind);
}

int main(void) {
  uses_quarry();
  grow(1);
  unsigned char *blocks = malloc(room);
  CHECK(blocks != NULL);
  memset(blocks, 1, room);
  free(blocks);
  grow(0);
  malloc_trim(0);
  grow(1);
}
