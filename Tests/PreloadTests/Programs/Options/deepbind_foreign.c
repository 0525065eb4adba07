// expect: exit 0
// helper: allocates.c
// args: {helper}
// options: foreign=libc

// With foreign=libc the blocks of a plugin opened with RTLD_DEEPBIND go back to the C library, which they came from.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_DEEPBIND);
  CHECK(plugin != NULL);
  void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(plugin, "allocate");
  CHECK(allocate != NULL);
  free(allocate(100));
}
