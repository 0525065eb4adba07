// expect: exit 66
// flags: -fsanitize=thread
// package: libtsan of the compiler
// stderr: FATAL: ThreadSanitizer: unexpected memory mapping 0x*

// ThreadSanitizer wants nearly all addresses for itself, and ends a program with a library that chose its own.

#include <stdlib.h>

int main(void) {
  free(malloc(100));
}
