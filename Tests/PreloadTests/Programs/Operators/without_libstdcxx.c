// expect: exit 0

// The operators are there for C++, but a C program gets no C++ library for them.

#include "check.h"

int main(void) {
  uses_quarry();
  CHECK(dlsym(RTLD_DEFAULT, "_Znwm") != NULL);
  CHECK(dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD) == NULL);
  CHECK(dlopen("libc++.so.1", RTLD_LAZY | RTLD_NOLOAD) == NULL);
  void *(*new)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "_Znwm");
  void (*delete)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZdlPv");
  char *block = new(100);
  CHECK(block != NULL);
  memset(block, 1, 100);
  delete(block);
}
