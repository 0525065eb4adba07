// expect: exit 0
// standard: yes
// needs: root

// Under mlockall all that is mapped becomes resident at once: what the library keeps in reserve must not be part
// of that.

#include <sys/mman.h>
#include "check.h"

enum { COUNT = 10000, SIZE = 1000 };

static void *blocks[COUNT];

static void *body(void *argument) {
  for (int i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(SIZE)) != NULL);
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  return argument;
}

int main(void) {
  uses_quarry();
  CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
  body(NULL);
  CHECK(resident() < 40 * MiB);
  join(start(body, NULL));  // its stack of 8 MiB becomes resident as well
  CHECK(resident() < 64 * MiB);
  char *block = calloc(1, MiB);
  CHECK(block != NULL && all_bytes(block, MiB, 0));
  memset(block, 1, MiB);
  free(block);
  malloc_trim(0);  // locked pages cannot be purged, and calloc must not take them for zero
  block = calloc(1, MiB);
  CHECK(block != NULL && all_bytes(block, MiB, 0));
  free(block);
}
