// expect: exit 1
// flags: -fsanitize=address
// package: libasan of the compiler
// stderr: ==*==ASan runtime does not come first in initial library list*

// AddressSanitizer refuses to start when another library is preloaded before its own.

#include <stdlib.h>

int main(void) {
  free(malloc(100));
}
