// expect: abort
// options: foreign=ignore
// stderr: quarry: free({pointer}): *double free*

// Whatever holds for foreign pointers, a mistake with our own is still one.

#include "check.h"

int main(void) {
  uses_quarry();
  void *block = name_pointer(malloc(100));
  free(hide(block));
  free(hide(block));
}
