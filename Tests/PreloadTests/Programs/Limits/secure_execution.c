// expect: exit 0
// preload: no
// flags: -L{folder} -Wl,--no-as-needed -lquarry -Wl,-rpath,{folder}
// options: nonsense=1
// needs: root
// stderr: quarry: *nonsense*

// A process with more rights than its caller takes no options from the caller's environment. The system says so by
// AT_SECURE, as it does here for a real user other than the effective one. The wrong name in QUARRY_OPTIONS is
// complained of once, by the first process; the second does not read it. (LD_PRELOAD is dropped then, so the program
// is linked with the library.)

#include <sys/auxv.h>
#include "check.h"

int main(int count, char **arguments) {
  CHECK(getenv("QUARRY_OPTIONS") != NULL);
  free(malloc(100));
  if (count == 1) {
    CHECK(setresuid(65534, 0, 0) == 0);
    execl("/proc/self/exe", arguments[0], "again", NULL);
    CHECK(!"exec");
  }
  CHECK(getauxval(AT_SECURE) == 1);
  CHECK(dlsym(RTLD_DEFAULT, "quarry_version") != NULL);
}
