// expect: exit 0
// standard: yes

// free leaves errno alone, whatever it has to do: nothing, a push, a purge, giving back a mapping.

#include "check.h"

enum { COUNT = 50000 };

static void *blocks[COUNT];

int main(void) {
  uses_quarry();
  errno = 4321;
  free(NULL);
  CHECK(errno == 4321);
  const size_t sizes[] = {0, 24, 100, 1000, 5000, 20000, 100 * KiB, 2 * MiB, 200 * MiB};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t count = 64 * MiB / (sizes[i] + 1);
    if (count == 0) count = 1;
    if (count > COUNT) count = COUNT;
    for (size_t k = 0; k < count; k++) {
      blocks[k] = malloc(sizes[i]);
      CHECK(blocks[k] != NULL);
      memset(blocks[k], 1, sizes[i] < 4096 ? sizes[i] : 4096);
    }
    for (size_t k = 0; k < count; k++) {
      errno = (int)k + 1;
      free(blocks[k]);
      CHECK(errno == (int)k + 1);
    }
  }
}
