// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *double free*cache malloc-*
// args: 0
// args: 8
// args: 16
// args: 24
// args: 32
// args: 100
// args: 1000
// args: 4096
// args: 5000
// args: 20480
// args: 32768

// Freeing a small object twice, at once.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *block = name_pointer(malloc(strtoul(arguments[1], NULL, 10)));
  free(hide(block));
  free(hide(block));
}
