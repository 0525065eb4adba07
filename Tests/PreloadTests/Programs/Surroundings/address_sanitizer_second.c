// expect: exit 0
// flags: -fsanitize=address
// package: libasan of the compiler
// env: ASAN_OPTIONS=verify_asan_link_order=0

// Told not to mind, it runs, but our heap is then not the one that it watches.

#include <stdlib.h>
#include <string.h>

int main(void) {
  for (int i = 0; i < 1000; i++) {
    char *block = malloc(1000);
    if (block == NULL) return 1;
    memset(block, 1, 1000);
    free(block);
  }
}
