// expect: exit 0
// flags: -rdynamic

// A program with a kmalloc of its own keeps it: what a preloaded library has is called quarry_kmalloc, and serves who asks for
// that.

#include <dlfcn.h>

#include "check.h"

static int called;

void *kmalloc(size_t size, unsigned flags) {
  called++;
  return flags == 7 ? malloc(size) : NULL;
}

void kfree(void *block) {
  called++;
  free(block);
}

int main(void) {
  char *block = ((void *(*)(size_t, unsigned))dlsym(RTLD_DEFAULT, "kmalloc"))(100, 7);
  CHECK(block != NULL && called == 1);
  kfree(block);
  CHECK(called == 2);

  void *(*allocate)(size_t, unsigned) = (void *(*)(size_t, unsigned))dlsym(RTLD_DEFAULT, "quarry_kmalloc");
  void (*release)(const void *) = (void (*)(const void *))dlsym(RTLD_DEFAULT, "quarry_kfree");
  CHECK(allocate != NULL && release != NULL);
  block = allocate(100, 0xcc0);  // GFP_KERNEL
  CHECK(block != NULL && malloc_usable_size(block) >= 100 && called == 2);
  release(block);
}
