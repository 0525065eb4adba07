// expect: exit 0
// options: foreign=libc

// Blocks of the C library's own malloc are handed to its free, realloc and malloc_usable_size.

#include "check.h"

int main(void) {
  uses_quarry();
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void *(*its_malloc)(size_t) = (void *(*)(size_t))dlsym(libc, "malloc");
  CHECK(its_malloc != NULL && its_malloc != malloc);
  for (int i = 0; i < 100000; i++) {
    char *block = its_malloc(1000);
    CHECK(block != NULL);
    memset(block, 1, 1000);
    errno = 11;
    free(block);
    CHECK(errno == 11);
  }
  CHECK(resident() < 16 * MiB);  // freed indeed: 100 MB otherwise

  char *block = its_malloc(1000);
  CHECK(block != NULL);
  fill(block, 1000, 1);
  CHECK(malloc_usable_size(block) >= 1000);
  block = realloc(block, 100000);
  CHECK(block != NULL && holds_part(block, 1000, 1000, 1));
  fill(block, 100000, 2);
  free(block);
}
