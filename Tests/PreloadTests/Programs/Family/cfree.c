// expect: exit 0

// Programs linked long ago call cfree, which headers no longer declare.

#include "check.h"

int main(void) {
  uses_quarry();
  void (*release)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "cfree");
  CHECK(release != NULL);
  release(NULL);
  for (int i = 0; i < 100000; i++) {
    char *block = malloc(20000);
    CHECK(block != NULL);
    memset(block, 1, 20000);
    errno = 44;
    release(block);
    CHECK(errno == 44);
  }
  CHECK(resident() < 16 * MiB);
}
