// expect: exit 0
// preload: no
// flags: -L{folder} -Wl,--no-as-needed -lquarry -Wl,-rpath,{folder}

// Linked alone, without LD_PRELOAD, it serves the program just the same.

#include "check.h"

int main(void) {
  Dl_info ours, theirs;
  CHECK(dladdr(dlsym(RTLD_DEFAULT, "quarry_version"), &ours) != 0);
  CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &theirs) != 0);
  CHECK(ours.dli_fbase == theirs.dli_fbase);
  struct mallinfo2 before = mallinfo2();
  char *text = strdup("allocated by the C library");
  CHECK(text != NULL);
  CHECK(mallinfo2().uordblks > before.uordblks);
  free(text);
}
