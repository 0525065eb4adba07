// expect: exit 0
// options: deepbind=0
// helper: allocates.c
// args: {helper}

// With deepbind=0 dlopen drops the flag, and the plugin allocates from us; dlopen is otherwise as it was.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_DEEPBIND);
  CHECK(plugin != NULL);
  void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(plugin, "allocate");
  CHECK(allocate != NULL);
  size_t before = mallinfo2().uordblks;
  char *block = allocate(1000);
  CHECK(block != NULL);
  CHECK(mallinfo2().uordblks > before);
  free(block);
  void (*release)(void *) = (void (*)(void *))dlsym(plugin, "release");
  CHECK(release != NULL);
  release(malloc(1000));
  CHECK(dlsym(RTLD_DEFAULT, "allocate") == NULL);  // still RTLD_LOCAL
  CHECK(dlclose(plugin) == 0);
  CHECK(dlopen("/nowhere/plugin.so", RTLD_NOW) == NULL && dlerror() != NULL);
}
