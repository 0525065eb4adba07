// expect: abort
// helper: allocates.c
// args: {helper}
// stderr: quarry: free({pointer}): *not from*

// A plugin opened with RTLD_DEEPBIND finds the C library's malloc before ours; its blocks are foreign to us.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_DEEPBIND);
  CHECK(plugin != NULL);
  void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(plugin, "allocate");
  CHECK(allocate != NULL);
  free(name_pointer(allocate(100)));
}
