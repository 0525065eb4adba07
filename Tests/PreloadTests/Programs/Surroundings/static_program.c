// expect: exit 0
// flags: -static
// package: libc6-dev

// A static program has no dynamic linker to preload anything: it runs as it is.

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char *block = malloc(1000);
  if (block == NULL) return 1;
  memset(block, 1, 1000);
  free(block);

  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) return 2;
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "libquarry") != NULL) return 3;
  fclose(maps);
}
