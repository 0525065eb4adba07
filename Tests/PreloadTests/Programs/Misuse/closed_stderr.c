// expect: abort
// options: sample=off

// With standard error closed there is no message; it still ends at once.

#include "check.h"

int main(void) {
  uses_quarry();
  void *block = malloc(24);
  close(2);
  free(hide(block));
  free(hide(block));
}
