// expect: exit 0
// standard: yes

// Memory runs out under a limit that the program then lifts: from there on requests succeed, of any size.

#include <sys/resource.h>
#include "check.h"

static void limit_addresses(rlim_t bytes) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = bytes;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

int main(void) {
  uses_quarry();
  for (int round = 0; round < 3; round++) {
    limit_addresses(figure("status", "VmSize:") + 16 * MiB);
    errno = 0;
    CHECK(malloc((size_t)8 * GiB) == NULL && errno == ENOMEM);
    for (size_t size = 64 * MiB; size > 16; size /= 2) free(malloc(size));
    limit_addresses(RLIM_INFINITY);
    char *block = malloc((size_t)8 * GiB);
    CHECK(block != NULL);
    block[0] = 1;
    free(block);
    for (size_t size = 64 * MiB; size > 16; size /= 2) {
      block = malloc(size);
      CHECK(block != NULL);
      memset(block, 1, size);
      free(block);
    }
  }
}
