// expect: exit 0

// A block whose page tables moved, but could not grow where they are, is where it was afterwards, with its content: also where
// the process has nearly as many mappings as the system allows it, so that page tables cannot move back.

#include <sys/mman.h>
#include <sys/resource.h>
#include "check.h"

enum { COUNT = 24, SIZE = 2 * MiB };

static const size_t page = 4096;

// Pages of which every other one is a mapping of its own, as far as the system allows it.
static char *map_alternating(size_t pages) {
  char *map = mmap(NULL, pages * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(map != MAP_FAILED);
  for (size_t i = 1; i < pages && mprotect(map + i * page, page, PROT_NONE) == 0;) i += 2;
  return map;
}

int main(void) {
  uses_quarry();
  // With a block behind each, so that none grows where it is.
  char *blocks[COUNT];
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL && malloc(64 * KiB) != NULL);
    fill(blocks[i], SIZE, (size_t)i);
  }
  char *spare = map_alternating(6 * COUNT + 1);
  map_alternating(1 << 21);
  // Little that is writable may be mapped any more.
  struct rlimit limit = {figure("status", "VmData:") + MiB, RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
  // Each attempt may leave two more.
  for (int i = 0; i < COUNT; i++) {
    CHECK(realloc(blocks[i], 20 * MiB) == NULL && errno == ENOMEM);
    CHECK(holds(blocks[i], SIZE, (size_t)i));
    for (int j = 0; j < 3; j++) CHECK(munmap(spare + (6 * i + 2 * j + 1) * page, page) == 0);
  }
}
