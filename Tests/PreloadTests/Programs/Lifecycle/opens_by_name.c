// expect: exit 0
// standard: yes
// helper: allocates.c
// flags: -Wl,--enable-new-dtags,-rpath,{helpers}

// dlopen searches the paths of whoever calls it. We stand between, for deepbind=0, and must not be taken for the
// caller.

#include "check.h"

int main(void) {
  uses_quarry();
  void *plugin = dlopen("allocates.so", RTLD_NOW);
  CHECK(plugin != NULL);
  CHECK(dlsym(plugin, "allocate") != NULL);
  CHECK(dlclose(plugin) == 0);
}
