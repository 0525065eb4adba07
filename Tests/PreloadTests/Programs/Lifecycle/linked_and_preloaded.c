// expect: exit 0
// flags: -L{folder} -Wl,--no-as-needed -lquarry -Wl,-rpath,{folder}

// A program that is linked with the library and also runs under it has one copy.

#include "check.h"

int main(void) {
  uses_quarry();
  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  int copies = 0;
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "libquarry") != NULL && strstr(line, " r-xp ") != NULL) copies++;
  CHECK(copies == 1);
  fclose(maps);
}
