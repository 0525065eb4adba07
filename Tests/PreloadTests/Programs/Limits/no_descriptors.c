// expect: exit 0
// standard: yes

// No file can be opened any more: the library needs none.

#include <sys/resource.h>
#include "check.h"

static void *use(void *argument) {
  for (size_t size = 1; size < 200 * MiB; size = size * 3 / 2 + 1) {
    char *block = malloc(size);
    CHECK(block != NULL);
    block[size - 1] = 1;
    free(block);
  }
  malloc_trim(0);
  return argument;
}

int main(void) {
  uses_quarry();
  struct rlimit none = {0, 0};
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  use(NULL);
  join(start(use, NULL));
}
