// expect: exit 0

// Where the process has as many mappings as the system allows it, a block in the middle of one cannot be unmapped: its memory
// goes back all the same.

#include <sys/mman.h>
#include "check.h"

enum { COUNT = 5, SIZE = 64 * MiB };

// Until the system refuses another one: every other page of a mapping becomes one of its own.
static void use_mappings_up(void) {
  const size_t pages = 1 << 21, page = 4096;
  char *map = mmap(NULL, pages * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(map != MAP_FAILED);
  for (size_t i = 1; i < pages; i += 2) {
    if (mprotect(map + i * page, page, PROT_NONE) == 0) continue;
    CHECK(errno == ENOMEM);
    return;
  }
  CHECK(!"the system has no limit of mappings");
}

int main(void) {
  char *blocks[COUNT];
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
  }
  use_mappings_up();
  size_t before = resident();
  free(blocks[COUNT / 2]);
  CHECK(resident() + SIZE - 4 * MiB < before);
}
