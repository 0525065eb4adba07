// expect: exit 0
// flags: -m32
// package: gcc-multilib
// stderr: ERROR: ld.so: object '*' from LD_PRELOAD cannot be preloaded (wrong ELF class: *): ignored.

// A 32-bit program cannot load a 64-bit library: the dynamic linker says so, and the program runs without.

#include <stdlib.h>
#include <string.h>

int main(void) {
  char *block = malloc(1000);
  if (block == NULL) return 1;
  memset(block, 1, 1000);
  free(block);
}
