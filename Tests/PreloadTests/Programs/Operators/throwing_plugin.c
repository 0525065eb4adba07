// expect: exit 0
// standard: yes
// helper: throwing_plugin.cc
// args: {helper}

// A C program that opens a C++ plugin late and locally, as interpreters do: there, too, a failing new throws.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  CHECK(plugin != NULL);
  int (*catches)(void) = (int (*)(void))dlsym(plugin, "catches_bad_alloc");
  CHECK(catches != NULL);
  CHECK(catches() == 1);
}
