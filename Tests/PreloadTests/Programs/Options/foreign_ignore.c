// expect: exit 0
// options: foreign=ignore

// Freeing what is not ours does nothing at all.

#include "check.h"

int main(void) {
  uses_quarry();
  static char buffer[256];
  fill(buffer, sizeof buffer, 1);
  free(hide(buffer + 64));
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void *(*its_malloc)(size_t) = (void *(*)(size_t))dlsym(libc, "malloc");
  CHECK(its_malloc != NULL && its_malloc != malloc);
  char *block = its_malloc(100);
  CHECK(block != NULL);
  fill(block, 100, 2);
  free(block);
  CHECK(holds(hide(block), 100, 2));
  CHECK(holds(buffer, sizeof buffer, 1));
}
